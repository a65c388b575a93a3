"""The page that can be handed over: a counted smear as PDF, HTML, CSV, JSON or FHIR. No torch here."""

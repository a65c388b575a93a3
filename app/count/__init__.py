"""A smear counted: photos with framed cells, what a person says of them, the differential, and the report."""

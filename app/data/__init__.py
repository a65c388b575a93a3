"""What models learned from: counts, photographs, averages, audits."""

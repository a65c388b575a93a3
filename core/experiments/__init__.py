"""What is tried and measured: studies, domain shift, searches, benchmarks, generated cells."""

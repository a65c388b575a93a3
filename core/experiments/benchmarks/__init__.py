"""What is measured beside accuracy; core.cli.benchmarks names every benchmark."""

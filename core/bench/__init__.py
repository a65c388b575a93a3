"""What is measured beside accuracy; core.commands.benchmarks names every benchmark."""

"""What is done with generated cells: made on request, judged, composed into examples, learned from."""

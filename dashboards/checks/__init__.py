"""What is checked of the boards, the rules and the metrics."""

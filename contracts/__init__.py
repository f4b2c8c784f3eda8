"""What is agreed: contracts per feed, their rules and verdicts, code lists, errors. Pure."""

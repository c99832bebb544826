"""Documents and barcodes; all drawing happens in warm processes of their own."""

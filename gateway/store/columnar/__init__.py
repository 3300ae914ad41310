"""The logs as Parquet, for reports."""

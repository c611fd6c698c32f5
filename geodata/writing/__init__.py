"""Writers: tables and layers as files that spreadsheets and map programs open, whole or not at all."""

"""Datums that PROJ does not know: GCJ-02, BD-09, and Baidu's metres."""

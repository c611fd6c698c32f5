"""The papers of a hearing: one document, said once, and set as HTML, PDF, Word and Excel."""

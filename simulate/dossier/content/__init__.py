"""What stands in the fourteen parts of the dossier: tables of a run, and the sentences about them."""

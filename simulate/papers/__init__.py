"""The papers around a hearing: intake and catchments, the notice, leaflets, letters to families."""

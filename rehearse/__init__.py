"""The rehearsal: the whole walk under load, counted, judged and drawn."""

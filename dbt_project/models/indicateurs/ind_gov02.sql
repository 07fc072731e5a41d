{{ part_du_prevu('GOV02', 'places', ['convention_developpement']) }}

{{ part_du_prevu('GOV01', 'actions', ['convention_developpement']) }}

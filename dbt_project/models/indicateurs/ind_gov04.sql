{{ part_du_prevu('GOV04', 'réunions', ['convention_calendrier']) }}

{{ taux_eaje('PE09') }}

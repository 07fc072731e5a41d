{{ taux_eaje('PE08') }}

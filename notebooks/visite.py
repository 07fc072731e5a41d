# Une visite du fichier publié, pour qui l'ouvre pour la première fois.
#
#   .venv/bin/marimo edit notebooks/visite.py      (dans le navigateur)
#   .venv/bin/python notebooks/visite.py           (dans un terminal)

import marimo

app = marimo.App(width="medium", app_title="Visite de l'observatoire")


@app.cell
def _():
    import duckdb
    import marimo as mo

    from pipelines.settings import published_file

    base = duckdb.connect(str(published_file()), read_only=True)
    return base, mo


@app.cell
def _(mo):
    mo.md(
        """
        # L'observatoire en cinq questions

        Le fichier `warehouse/observatoire.duckdb` se lit en SQL. Ses tables sont rangées par
        question : `besoin`, `offre`, `ecart`, puis `suivi`, `qualite` et `referentiel`.
        """
    )


@app.cell
def _(base, mo):
    publication = base.sql("select publie_le, version_code from referentiel.publication")
    tables = base.sql(
        """
        select schema_nom, table_nom, any_value(table_definition) as contenu
        from referentiel.dictionnaire
        group by all
        order by all
        """
    ).pl()
    mo.vstack([mo.md("## 1. Que contient-il ?"), publication.pl(), tables])
    return (tables,)


@app.cell
def _(base, mo):
    enfants = base.sql(
        """
        select t.libelle, p.tranche_age, round(p.personnes)::int as enfants
        from besoin.population p join referentiel.territoires t using (territoire_id)
        where t.niveau = 'commune' and p.tranche_age in ('0-2 ans', '3-5 ans', '6-10 ans')
        order by all
        """
    ).pl()
    mo.vstack([mo.md("## 2. Combien d'enfants, dans chaque commune ?"), enfants])
    return (enfants,)


@app.cell
def _(base, mo):
    services = base.sql(
        """
        select type_service, count(*) as services, count(district_id) as places_dans_un_district
        from offre.services
        group by all
        order by all
        """
    ).pl()
    mo.vstack([mo.md("## 3. Quelle offre la convention nomme-t-elle ?"), services])
    return (services,)


@app.cell
def _(base, mo):
    couverture = base.sql(
        """
        select t.libelle, i.indicateur_id, round(i.valeur, 1) as valeur, i.unite, i.statut, i.motif
        from ecart.indicateurs i join referentiel.territoires t using (territoire_id)
        where i.indicateur_id in ('PE02', 'DQ01') and t.niveau = 'commune'
        order by all
        """
    ).pl()
    mo.vstack(
        [
            mo.md(
                """
                ## 4. Quelle part des tout-petits a une place connue ?

                PE02 ne se lit pas sans DQ01 : à Lille, la convention ne donne la capacité que de
                quelques établissements, et le taux n'est pas calculable.
                """
            ),
            couverture,
        ]
    )
    return (couverture,)


@app.cell
def _(base, mo):
    ecarts = base.sql(
        """
        select theme, objet, attendu, trouve, cause
        from qualite.rapprochements
        where ecart <> 0
        order by abs(ecart) desc
        limit 5
        """
    ).pl()
    mo.vstack([mo.md("## 5. Où les documents ne sont-ils pas d'accord ?"), ecarts])
    return (ecarts,)


if __name__ == "__main__":
    app.run()

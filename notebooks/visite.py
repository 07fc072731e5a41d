# Une visite du fichier publié, pour qui l'ouvre pour la première fois.
#
#   make notebook CARNET=visite       (dans le navigateur)
#   .venv/bin/marimo edit notebooks/visite.py      (pour en lire ou en changer le code)
#   .venv/bin/python notebooks/visite.py           (dans un terminal)

import marimo

app = marimo.App(width="medium", app_title="Visite de l'observatoire")

with app.setup:
    import altair as alt
    import duckdb
    import marimo as mo
    import polars as pl

    from pipelines.notebooks import tableau
    from pipelines.settings import published_file

    BLEU, GRIS = "#0b5394", "#9a9a9a"


@app.function
def avec_intervalle(
    mesures: pl.DataFrame, mesure: str, titre: str, repere: float
) -> alt.LayerChart:
    """Un point par territoire, son intervalle en trait, et un repère en pointillé."""
    noms = mesures.sort(mesure)["territoire"].to_list()
    axe = alt.Y("territoire:N", sort=noms, title=None)
    points = (
        alt.Chart(mesures)
        .mark_point(filled=True, size=70, color=BLEU)
        .encode(x=alt.X(f"{mesure}:Q", title=titre), y=axe, tooltip=["territoire", "intervalle"])
    )
    traits = (
        alt.Chart(mesures)
        .mark_rule(color=BLEU)
        .encode(x="borne_basse:Q", x2="borne_haute:Q", y=axe)
    )
    pointille = (
        alt.Chart(pl.DataFrame({"repere": [repere]}))
        .mark_rule(color=GRIS, strokeDash=[4, 4])
        .encode(x="repere:Q")
    )
    return (pointille + traits + points).properties(width=480)


@app.cell
def _():
    base = duckdb.connect(str(published_file()), read_only=True)
    mo.md(
        """
        # L'observatoire en sept questions

        Le fichier `warehouse/observatoire.duckdb` se lit en SQL. Ses tables sont rangées par
        question : `besoin`, `offre`, `ecart`, puis `suivi`, `qualite` et `referentiel`. Le schéma
        `vues` les réunit : chaque ligne y porte le nom de son territoire, et l'intervalle en toutes
        lettres. C'est par lui que l'on commence.
        """
    )
    return (base,)


@app.cell
def _(base):
    publication = base.sql(
        "select publie_le, version_code, ce_qui_a_change from referentiel.publication"
    ).pl()
    tables = base.sql(
        """
        select schema_nom, table_nom, table_definition as contenu
        from referentiel.dictionnaire
        where rang = 1
        order by schema_nom = 'vues' desc, schema_nom, table_nom
        """
    ).pl()
    mo.vstack([mo.md("## 1. Que contient-il ?"), tableau(publication), tableau(tables)])
    return (tables,)


@app.cell
def _(base):
    enfants = base.sql(
        """
        select territoire, tranche_age, round(enfants)::int as enfants, intervalle
        from vues.enfants
        where niveau = 'commune'
        order by territoire, length(tranche_age), tranche_age
        """
    ).pl()
    mo.vstack(
        [
            mo.md(
                """
                ## 2. Combien d'enfants, dans chaque commune ?

                Le recensement est un sondage : l'intervalle est le sien.
                """
            ),
            tableau(enfants),
        ]
    )
    return (enfants,)


@app.cell
def _(base):
    services = base.sql(
        """
        select
            type_service, sum(services)::int as services,
            sum(services_sans_district)::int as sans_district,
            sum(capacites_connues)::int as capacites_connues
        from vues.offre_par_type
        where niveau = 'commune'
        group by type_service
        order by services desc, type_service
        """
    ).pl()
    mo.vstack(
        [
            mo.md(
                """
                ## 3. Quelle offre la convention nomme-t-elle ?

                Un nombre de services n'est pas une capacité : peu de documents la donnent.
                """
            ),
            tableau(services),
        ]
    )
    return (services,)


@app.cell
def _(base):
    couverture = base.sql(
        """
        select
            territoire, couverture_pct, borne_basse, borne_haute, intervalle,
            accessibilite_pct, desaccord, statut
        from vues.couverture_eaje
        where niveau = 'district' and couverture_pct is not null
        order by couverture_pct
        """
    ).pl()
    ensemble = base.sql(
        "select couverture_eaje_pct from vues.fiche_territoire where niveau = 'territoire'"
    ).fetchone()[0]
    mo.vstack(
        [
            mo.md(
                """
                ## 4. Où les tout-petits ont-ils le moins de places ?

                PE03 est une estimation : les places publiées pour les trois communes, partagées
                entre les établissements. Le trait est son intervalle ; le pointillé, le taux de
                l'ensemble. Deux traits qui se recouvrent ne se classent pas sûrement.
                """
            ),
            avec_intervalle(
                couverture,
                "couverture_pct",
                "Places pour 100 enfants de 0 à 2 ans",
                ensemble,
            ),
        ]
    )
    return (couverture,)


@app.cell
def _(base):
    ecarts = base.sql(
        """
        select territoire, places_manquantes, borne_basse, borne_haute, intervalle, conclusion
        from vues.ecart_en_places
        where niveau = 'district' and cible = 'territoire' and places_manquantes is not null
        order by places_manquantes desc
        """
    ).pl()
    certains = ecarts.filter(pl.col("conclusion") == "il en manque")["territoire"].to_list()
    mo.vstack(
        [
            mo.md(
                f"""
                ## 5. Combien de places manque-t-il, et est-ce sûr ?

                Un écart n'est sûr que si son intervalle est tout entier d'un côté de zéro. Il l'est
                ici pour : {", ".join(certains) or "aucun district"}.
                """
            ),
            avec_intervalle(
                ecarts, "places_manquantes", "Places qu'il manque pour le taux du territoire", 0
            ),
        ]
    )
    return (ecarts,)


@app.cell
def _(base):
    rapprochements = base.sql(
        """
        select theme, objet, attendu, trouve, cause
        from qualite.rapprochements
        where ecart <> 0
        order by abs(ecart) desc, rapprochement_id
        limit 5
        """
    ).pl()
    mo.vstack([mo.md("## 6. Où les documents ne sont-ils pas d'accord ?"), tableau(rapprochements)])
    return (rapprochements,)


@app.cell
def _(base):
    lignage = base.sql(
        """
        select territoire, source_id, lignes, nombre_lignes
        from referentiel.lignage join vues.fiche_territoire using (territoire_id)
        where indicateur_id = 'PE03' and niveau = 'commune'
        order by all
        """
    ).pl()
    mo.vstack(
        [
            mo.md("## 7. D'où vient une valeur ?\n\nDe ces lignes de ces fichiers, pour PE03 :"),
            tableau(lignage),
            mo.md(
                """
                ## Et ensuite

                `notebooks/quartier.py` regarde un district de près ; `notebooks/scenario.py` essaie
                des places, une cible, des naissances. `docs/questions.md` pose vingt questions,
                avec leur SQL et leur réponse ; `docs/guide.md` dit comment lire une valeur.
                """
            ),
        ]
    )
    return (lignage,)


if __name__ == "__main__":
    app.run()

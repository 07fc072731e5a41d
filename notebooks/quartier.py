# Un district de près : ses enfants, ses familles, son offre, son plan, et ce qu'on n'en sait pas.
#
#   make notebook CARNET=quartier       (dans le navigateur)
#   .venv/bin/marimo edit notebooks/quartier.py      (pour en lire ou en changer le code)
#   .venv/bin/python notebooks/quartier.py           (dans un terminal)

import marimo

app = marimo.App(width="medium", app_title="Un district de près")

with app.setup:
    import altair as alt
    import duckdb
    import marimo as mo
    import polars as pl

    from pipelines.notebooks import tableau
    from pipelines.settings import published_file

    BLEU, ORANGE, GRIS = "#0b5394", "#d55e00", "#c8c8c8"
    MESURES = {
        "familles_monoparentales_pct": "Familles monoparentales, en % des familles avec enfant",
        "taux_pauvrete_pct": "Taux de pauvreté, en %",
        "couverture_eaje_pct": "Places en EAJE pour 100 enfants de 0 à 2 ans",
        "accessibilite_eaje_pct": "Places à portée, pour 100 enfants de 0 à 2 ans",
        "places_manquantes": "Places qu'il manque pour le taux du territoire",
        "priorite_pct": "Probabilité d'être parmi les trois prioritaires, en %",
    }


@app.function
def comparer(fiches: pl.DataFrame, district: str) -> pl.DataFrame:
    """Chaque mesure du district, à côté de sa commune, de l'ensemble et des autres districts.

    `rang` compte les districts dont la mesure est plus grande, plus un ; il ne dit rien de
    l'intervalle, qui peut couvrir plusieurs rangs.
    """
    ici = fiches.row(by_predicate=pl.col("territoire_id") == district, named=True)
    commune = fiches.filter(pl.col("niveau") == "commune", pl.col("territoire") == ici["commune"])
    ensemble = fiches.filter(pl.col("niveau") == "territoire")
    districts = fiches.filter(pl.col("niveau") == "district")
    return pl.DataFrame(
        [
            {
                "mesure": libelle,
                "district": ici[nom],
                "commune": commune[nom].item(),
                "ensemble": ensemble[nom].item(),
                "rang": None
                if ici[nom] is None
                else districts.filter(pl.col(nom) > ici[nom]).height + 1,
                "districts_mesures": districts[nom].count(),
            }
            for nom, libelle in MESURES.items()
        ],
        schema_overrides={"rang": pl.Int64, "districts_mesures": pl.Int64},
    )


@app.function
def structure(fiches: pl.DataFrame, district: str) -> pl.DataFrame:
    """La part de chaque tranche d'âge parmi les enfants du district, et de l'ensemble."""
    tranches = {
        "enfants_0_2": "0-2 ans",
        "enfants_3_5": "3-5 ans",
        "enfants_6_10": "6-10 ans",
        "enfants_11_17": "11-17 ans",
    }
    return (
        fiches.filter((pl.col("territoire_id") == district) | (pl.col("niveau") == "territoire"))
        .select("territoire", *tranches)
        .rename(tranches)
        .unpivot(index="territoire", variable_name="tranche_age", value_name="enfants")
        .with_columns(part_pct=100 * pl.col("enfants") / pl.col("enfants").sum().over("territoire"))
    )


@app.function
def doutes(indicateurs: pl.DataFrame, district: str) -> pl.DataFrame:
    """Ce que l'on ne sait pas, ou pas bien, d'un district : ce qui ne se calcule pas d'abord.

    Une ligne par indicateur et par statut ; la complétude est la plus petite de ses déclinaisons,
    le motif celui de la première.
    """
    return (
        indicateurs.filter(
            pl.col("territoire_id") == district,
            "dernier",
            ~pl.col("statut").is_in(["publié", "calculé"]),
        )
        .sort("indicateur_id", "declinaison")
        .group_by("statut", "indicateur_id", "indicateur", maintain_order=True)
        .agg(pl.len().alias("valeurs"), pl.min("completude_pct").round(0), pl.first("motif"))
        .sort("statut", "indicateur_id", descending=[True, False])
    )


@app.cell
def _():
    base = duckdb.connect(str(published_file()), read_only=True)
    fiches = base.sql("from vues.fiche_territoire order by territoire_id").pl()
    indicateurs = base.sql("from vues.indicateurs").pl()
    districts = dict(
        fiches.filter(pl.col("niveau") == "district")
        .sort("territoire")
        .select("territoire", "territoire_id")
        .iter_rows()
    )
    return base, districts, fiches, indicateurs


@app.cell
def _(districts):
    mo.stop(not districts, mo.md("Ce territoire n'a pas de district."))
    liste = mo.ui.dropdown(districts, next(iter(districts)), label="District")
    mo.vstack([mo.md("# Un district de près"), liste])
    return (liste,)


@app.cell
def _(liste):
    district = liste.value
    return (district,)


@app.cell
def _(district, fiches):
    comparaison = comparer(fiches, district)
    nom = fiches.row(by_predicate=pl.col("territoire_id") == district, named=True)["territoire"]
    mo.vstack(
        [
            mo.md(
                f"""
                ## {nom}

                Ses chiffres, à côté de sa commune, de l'ensemble et des autres districts.
                Le rang 1 a la plus grande valeur, ce qui n'est ni bon ni mauvais en soi.
                """
            ),
            tableau(comparaison.with_columns(pl.col("district", "commune", "ensemble").round(1))),
        ]
    )
    return comparaison, nom


@app.cell
def _(base, district, fiches, nom):
    enfants = base.execute(
        """
        select tranche_age, round(enfants)::int as enfants, intervalle, edition
        from vues.enfants
        where territoire_id = ?
        order by millesime, length(tranche_age), tranche_age
        """,
        [district],
    ).pl()
    ages = structure(fiches, district)
    tranches = ages["tranche_age"].unique(maintain_order=True).to_list()
    deux = [nom, *ages.filter(pl.col("territoire") != nom)["territoire"].unique()]
    couleurs = alt.Scale(domain=deux, range=[ORANGE, BLEU])
    mo.vstack(
        [
            mo.md("## Les enfants"),
            tableau(enfants),
            alt.Chart(ages)
            .mark_bar()
            .encode(
                x=alt.X("part_pct:Q", title="Part des enfants, en %"),
                y=alt.Y("tranche_age:N", sort=tranches, title=None),
                yOffset=alt.YOffset("territoire:N", sort=deux),
                color=alt.Color("territoire:N", title=None, scale=couleurs),
                tooltip=["territoire", "tranche_age", "enfants", "part_pct"],
            )
            .properties(width=420),
        ]
    )
    return (ages,)


@app.cell
def _(base, district):
    familles = base.execute(
        """
        select
            familles_avec_enfant, familles_monoparentales, familles_1_enfant, familles_2_enfants,
            familles_3_enfants_ou_plus, edition
        from besoin.familles
        where territoire_id = ?
        order by millesime
        """,
        [district],
    ).pl()
    revenus = base.execute(
        """
        select
            millesime::varchar as millesime, round(taux_pauvrete_pct, 1) as taux_pauvrete_pct,
            mediane_min_eur, mediane_max_eur, iris_publies, iris_total,
            round(population_couverte_pct) as population_couverte_pct
        from besoin.revenus
        where territoire_id = ?
        order by millesime
        """,
        [district],
    ).pl()
    mo.vstack(
        [
            mo.md("## Les familles"),
            tableau(familles.with_columns(pl.col(pl.Float64).round(0))),
            mo.md(
                """
                ### Leurs revenus

                Le taux est celui des IRIS publiés, pondéré par leur population ; des médianes,
                seule l'étendue se donne.
                """
            ),
            tableau(revenus),
        ]
    )
    return (revenus,)


@app.cell
def _(base, district):
    offre = base.execute(
        """
        select type_service, services, services_a_confirmer, capacites_connues, places_connues
        from vues.offre_par_type
        where territoire_id = ?
        order by services desc, type_service
        """,
        [district],
    ).pl()
    services = base.execute(
        """
        select type_service, nom, adresse, capacite_places, statut_placement, methode_placement
        from offre.services
        where district_id = ?
        order by type_service, nom
        """,
        [district],
    ).pl()
    mo.vstack(
        [
            mo.md("## L'offre que la convention nomme"),
            tableau(offre),
            mo.accordion({f"Les {services.height} services, un par un": tableau(services)}),
        ]
    )
    return (services,)


@app.cell
def _(base, district, nom):
    couverture = base.sql(
        """
        select
            territoire_id, territoire, couverture_pct, borne_basse, borne_haute, intervalle,
            accessibilite_pct, accessibilite_intervalle, desaccord, motif
        from vues.couverture_eaje
        where niveau = 'district' and couverture_pct is not null
        order by couverture_pct
        """
    ).pl()
    ici = couverture.filter(pl.col("territoire_id") == district)
    axe = alt.Y("territoire:N", sort=couverture["territoire"].to_list(), title=None)
    teinte = alt.condition(alt.datum.territoire_id == district, alt.value(ORANGE), alt.value(BLEU))
    traits = (
        alt.Chart(couverture)
        .mark_rule()
        .encode(x="borne_basse:Q", x2="borne_haute:Q", y=axe, color=teinte)
    )
    points = (
        alt.Chart(couverture)
        .mark_point(filled=True, size=70)
        .encode(
            x=alt.X("couverture_pct:Q", title="Places en EAJE pour 100 enfants de 0 à 2 ans"),
            y=axe,
            color=teinte,
            tooltip=["territoire", "couverture_pct", "intervalle", "accessibilite_pct"],
        )
    )
    portee = (
        alt.Chart(couverture)
        .mark_tick(color="black", thickness=2)
        .encode(x="accessibilite_pct:Q", y=axe)
    )
    mo.vstack(
        [
            mo.md(
                f"""
                ## La couverture en EAJE, et ce qui est à portée

                Point et trait : le taux estimé (PE03) et son intervalle, {nom} en orange. Trait
                noir : les places à portée (PE05), celles des voisins comprises.
                """
            ),
            (traits + points + portee).properties(width=460),
            tableau(
                ici.select(
                    "intervalle",
                    pl.col("accessibilite_pct").round(1),
                    "accessibilite_intervalle",
                    "desaccord",
                    "motif",
                )
            ),
        ]
    )
    return (couverture,)


@app.cell
def _(base, nom):
    actions = base.execute(
        """
        select
            action, type_accueil, places_brutes, places_ville, statut_places,
            annee_prevue::varchar as annee_prevue, etat, mention
        from vues.schema_de_developpement
        where district = ?
        order by annee_prevue, action
        """,
        [nom],
    ).pl()
    ailleurs = base.execute(
        """
        select
            action, type_accueil, places_brutes, statut_places,
            annee_prevue::varchar as annee_prevue
        from vues.schema_de_developpement
        where district is null
            and commune in (select commune from vues.fiche_territoire where territoire = ?)
        order by annee_prevue, action
        """,
        [nom],
    ).pl()
    mo.vstack(
        [
            mo.md("## Le schéma de développement"),
            tableau(actions) if actions.height else mo.md("Aucune action ne vise ce district."),
            mo.md("Les actions de sa commune qui ne visent aucun district en particulier :"),
            tableau(ailleurs),
        ]
    )
    return (actions,)


@app.cell
def _(base, district, indicateurs):
    douteux = doutes(indicateurs, district)
    bascules = base.execute(
        """
        select hypothese, modalite, bascule, probabilite_pct, probabilite_reference_pct
        from ecart.sensibilite
        where territoire_id = ? and bascule is not null
        order by hypothese, modalite
        """,
        [district],
    ).pl()
    mo.vstack(
        [
            mo.md("## Les doutes\n\nCe qui est estimé ou ne se calcule pas, et pourquoi :"),
            tableau(douteux),
            mo.md("Ce qui le fait entrer parmi les prioritaires, ou l'en fait sortir :"),
            tableau(bascules) if bascules.height else mo.md("Aucune."),
        ]
    )
    return (douteux,)


@app.cell
def _(district, indicateurs):
    valeurs = indicateurs.filter(pl.col("territoire_id") == district, pl.col("sources") != "aucune")
    noms = dict(
        valeurs.select(
            pl.format("{} – {}", "indicateur_id", "indicateur"), pl.col("indicateur_id").alias("id")
        )
        .unique()
        .sort("id")
        .iter_rows()
    )
    choix = mo.ui.dropdown(noms, next(iter(noms)), label="D'où vient")
    mo.vstack([mo.md("## Le lignage"), choix])
    return (choix,)


@app.cell
def _(base, choix, district):
    lignage = base.execute(
        """
        select distinct
            declinaison, millesime::varchar as millesime, source_id, lignes, nombre_lignes, cles
        from referentiel.lignage
        where territoire_id = ? and indicateur_id = ?
        order by all
        """,
        [district, choix.value],
    ).pl()
    tableau(lignage)
    return (lignage,)


if __name__ == "__main__":
    app.run()

"""What SQL is the wrong tool for: seeded draws, and what is computed on each of them.

A module is one computation, a function from frames to a frame. The models in Python of
`dbt_project/models/estimations/` call them, each between the SQL that feeds it and the SQL that
reads it: the graph, the lineage and the order are dbt's. Draws of one number belong together, in
whatever table: that is how uncertainty is carried from one figure to another. Draw 0 is not drawn:
it is the estimate itself, so that one formula gives both a value and its interval.
"""

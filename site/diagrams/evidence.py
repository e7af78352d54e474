"""Pictures of how a claim becomes a verdict."""

from parts import Drawing

PICTURES = ["claims_tested"]


def claims_tested() -> Drawing:
    """Claim, rule, run beside control, verdict, and the way back."""
    d = Drawing(440, 250, "From a claim to a verdict")
    d.box(6, 84, 88, 56, "claim", small=True)
    d.text(50, 156, "one sentence", "muted", small=True)
    d.arrow((94, 112), (116, 112))
    d.box(118, 84, 88, 56, "rule", "lit", small=True)
    d.text(162, 156, "what counts", "muted", small=True)
    d.arrow((206, 104), (232, 60))
    d.arrow((206, 120), (232, 164))
    d.box(234, 34, 88, 46, "run", small=True)
    d.box(234, 144, 88, 46, "control", small=True)
    d.text(278, 112, "one change", "muted", small=True)
    d.arrow((322, 60), (348, 100))
    d.arrow((322, 164), (348, 124))
    d.box(350, 84, 84, 56, "verdict", "lit", small=True)
    d.text(392, 156, "true, false,", "muted", small=True)
    d.text(392, 174, "depends, or", "muted", small=True)
    d.text(392, 192, "not so", "muted", small=True)
    d.text(162, 16, "committed before the run", "muted", small=True)
    d.arrow((162, 26), (162, 80), kind="muted")
    d.arrow((392, 204), (392, 226), (162, 226), (162, 170), kind="muted")
    d.text(278, 240, "the design proved nothing", "muted", small=True)
    return d

"""The results of the experiments travel with the package that reads them."""

from setuptools import find_packages, setup

setup(
    packages=[*find_packages(include=["rnnbook*"]), "rnnbook.experiments"],
    package_dir={"rnnbook.experiments": "experiments"},
)

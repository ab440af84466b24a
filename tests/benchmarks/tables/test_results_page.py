"""Tables of docs/results/ that are computed from docs/measurements/ say what these hold."""


def test_tables_are_those_of_the_measurements(benchmark_script):
    (said,) = benchmark_script("tables/check_results.py")
    assert said.endswith("tables are those of the measurements")

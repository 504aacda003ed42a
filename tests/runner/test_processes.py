"""Worker processes are asked for more whenever one is free, and once more after each result was looked at."""

from contextlib import closing

from ablation.runner.processes import in_processes


def test_what_a_result_gives_to_do_is_done():
    todo, results = [3], []

    def ask():
        return todo.pop() if todo else None

    with closing(in_processes(abs, ask, workers=2)) as outcomes:
        for item, _ in outcomes:
            results.append(item)
            if item > 0:  # as a schedule that is told of a result and then knows what comes next
                todo.append(item - 1)
    assert results == [3, 2, 1, 0]

namespace RedPacket.Drills;

/// <summary>One line of the table: a fault that was staged, and what was left of the money.</summary>
/// <param name="Drill">The drill's name.</param>
/// <param name="Fault">What was done, in words.</param>
/// <param name="Seed">Repeats the run's choices: <c>--seed</c>.</param>
/// <param name="Views">Null when it did not come to a comparison.</param>
/// <param name="Unavailable">Answers 503.</param>
/// <param name="Unanswered">Calls without an answer.</param>
/// <param name="Seconds">From healing until the report said CONSISTENT.</param>
/// <param name="Failures">What else should not have been: no verdict in time, a false alarm, a fault that did not come to pass.</param>
internal sealed record DrillOutcome(string Drill, string Fault, int Seed, ShareComparison? Views, int Unavailable, int Unanswered, double? Seconds, IReadOnlyList<string> Failures)
{
    /// <summary>Nothing failed, and the four views agree.</summary>
    public bool Passed => Failures.Count == 0 && Views is { IsClean: true };

    /// <summary>Everything that speaks against it, at most 20 lines.</summary>
    public string Against => string.Join('\n', Failures.Concat(Views?.Evidence ?? []).Take(20));

    /// <summary>What was forgotten, at most 5 lines.</summary>
    public string Forgotten => string.Join('\n', (Views?.Named ?? []).Take(5));
}

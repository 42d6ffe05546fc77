namespace RedPacket.Drills.Checks;

/// <summary>One row of the table: a fault, and the comparison after it.</summary>
/// <param name="Drill">The drill's name.</param>
/// <param name="Fault">The action of the drill, in words.</param>
/// <param name="Seed">Repeats the choices of the run: <c>--seed</c>.</param>
/// <param name="Comparison">Null when the drill failed before it compared.</param>
/// <param name="Unavailable">Answers 503.</param>
/// <param name="Unanswered">Calls without an answer.</param>
/// <param name="Seconds">From healing until the report said CONSISTENT.</param>
/// <param name="Failures">Other failures: no verdict in time, a false alarm, or a fault that did not happen.</param>
internal sealed record DrillOutcome(
    string Drill, string Fault, int Seed, ShareComparison? Comparison, int Unavailable, int Unanswered, double? Seconds,
    IReadOnlyList<string> Failures)
{
    /// <summary>Nothing failed, and the four views agree.</summary>
    public bool Passed => Failures.Count == 0 && Comparison is { IsClean: true };

    /// <summary>All failures and evidence, at most 20 lines.</summary>
    public string FailureText => string.Join('\n', Failures.Concat(Comparison?.Evidence ?? []).Take(20));

    /// <summary>The forgotten shares and packets, at most 5 lines.</summary>
    public string ForgottenText => string.Join('\n', (Comparison?.ForgottenEvidence ?? []).Take(5));
}

namespace RedPacket.Comparison;

/// <summary>One entry that is not the same on both sides.</summary>
/// <param name="Kind">One of <see cref="DifferenceKind"/>.</param>
/// <param name="Entry">fund, grab, refund, or unknown for a parked line that cannot be read.</param>
/// <param name="Since">When it was granted or parked.</param>
/// <param name="LedgerUserId">The user whom the ledger credits, if it is another one.</param>
internal sealed record Difference(
    string Kind, string Entry, string PacketId, string? UserId, int Ordinal, long? RedisFen, long? LedgerFen, DateTimeOffset? Since,
    string? LedgerUserId = null);

/// <summary>The names of the differences.</summary>
internal static class DifferenceKind
{
    public const string InFlight = "in_flight";
    public const string Missing = "missing_in_ledger";
    public const string Orphan = "orphan_in_ledger";
    public const string Mismatch = "amount_mismatch";
    public const string Duplicate = "duplicate";
    public const string Parked = "parked";
}

/// <summary>An account whose totals are not the sums of its rows.</summary>
internal sealed record AccountDifference(string Account, long Debits, long Credits, long RowDebits, long RowCredits);

/// <summary>The verdicts, worst last, and the exit codes of the command.</summary>
internal static class Verdict
{
    public const string Consistent = "CONSISTENT";
    public const string Converging = "CONVERGING";
    public const string Inconsistent = "INCONSISTENT";

    /// <summary>The header that carries the verdict in every format.</summary>
    public const string Header = "RedPacket-Verdict";

    /// <summary>0, 10 or 20; 1 for any other word.</summary>
    public static int ExitCode(string? verdict) =>
        verdict switch { Consistent => 0, Converging => 10, Inconsistent => 20, _ => 1 };
}

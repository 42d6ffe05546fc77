namespace RedPacket.Ledger;

/// <summary>Why an entry is parked.</summary>
internal static class ParkReason
{
    /// <summary>The line is no entry that this version can read.</summary>
    public const string Unreadable = "unreadable";

    /// <summary>Its identity is taken by a transfer that is not the same.</summary>
    public const string Conflict = "conflict";

    /// <summary>It breaks a rule of the ledger.</summary>
    public const string Refused = "refused";
}

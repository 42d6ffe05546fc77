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

    /// <summary>A fund of a lost run: its Idempotency-Key has made another packet since.</summary>
    public const string KeyTaken = "key_taken";
}

/// <summary>How a parked entry was resolved without being recorded.</summary>
internal static class Resolution
{
    /// <summary>By a transfer from the shard's loss account to the user.</summary>
    public const string Paid = "made_good";

    /// <summary>An operator dismissed it: the books do not need it, and no money moved.</summary>
    public const string Dismissed = "dismissed";

    /// <summary>The user has a share of this packet already: no money moved.</summary>
    public const string HasAShare = "has_a_share";
}

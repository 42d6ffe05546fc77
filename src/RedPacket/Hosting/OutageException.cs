namespace RedPacket.Hosting;

/// <summary>The part that cannot be used now.</summary>
internal enum Outage
{
    /// <summary>Redis is away, cannot write, or did not answer in time.</summary>
    Store,

    /// <summary>Redis may forget what it acknowledges, and nobody has allowed that.</summary>
    VolatileStore,

    /// <summary>The shard's gate is shut, or the packet is still being compared with the ledger.</summary>
    Gate,

    Ledger,

    /// <summary>The process that has the role for this call does not answer.</summary>
    Role,

    /// <summary>The issuer of tokens does not answer, so that a token can be neither accepted nor refused.</summary>
    Issuer,
}

/// <summary>
/// Something cannot be used now. Either nothing has happened, or nobody knows: asking again is always allowed.
/// </summary>
internal class OutageException(Outage outage, string message, Exception? inner = null) : Exception(message, inner)
{
    public Outage Outage => outage;
}

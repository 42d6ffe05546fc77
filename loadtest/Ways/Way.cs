namespace RedPacket.LoadTest.Ways;

/// <summary>One way to grant and record shares, of those that the tool compares.</summary>
/// <param name="Key">Its word in <c>--only</c>, and the word that starts its program.</param>
/// <param name="Name">Its name in the table.</param>
/// <param name="HasPostgres">It records in PostgreSQL, else in SQLite.</param>
internal sealed record Way(string Key, string Name, bool HasRedis, bool HasBroker, bool HasPostgres)
{
    /// <summary>In the order of the table.</summary>
    public static IReadOnlyList<Way> All { get; } =
    [
        new("row", "a row in the request", HasRedis: true, HasBroker: false, HasPostgres: false),
        new("message", "a message per grab in the request", true, true, false),
        new("postgres", "PostgreSQL alone", false, false, true),
        new("masstransit", "MassTransit, batch consumer", true, true, true),
        new("wolverine", "Wolverine, durable outbox and inbox", true, true, true),
        new("redpacket", "RedPacket", true, true, false),
        new("redpacket-postgres", "RedPacket on PostgreSQL", true, true, true),
    ];

    /// <summary>All words, separated by commas.</summary>
    public static string Keys => string.Join(", ", All.Select(way => way.Key));

    public bool IsRedPacket => Key.StartsWith("redpacket", StringComparison.Ordinal);

    /// <summary>The way has what is killed.</summary>
    public bool Has(Victim victim) => victim switch
    {
        Victim.Broker => HasBroker,
        Victim.Database => HasPostgres,
        _ => true,
    };
}

/// <summary>What an interval kills with SIGKILL and starts again.</summary>
internal enum Victim
{
    /// <summary>RabbitMQ, once.</summary>
    Broker,

    /// <summary>The program that takes the grabs, four times.</summary>
    Service,

    /// <summary>PostgreSQL, once.</summary>
    Database,
}

namespace RedPacket.Messages;

/// <summary>The words for the kinds of entries, as reports, statements and CSV have them.</summary>
internal static class EntryName
{
    public const string Fund = "fund";
    public const string Grab = "grab";
    public const string Refund = "refund";
    public const string Adjust = "adjust";

    /// <summary>A parked line that cannot be read.</summary>
    public const string Unknown = "unknown";

    public static string Of(EntryKind kind) => kind switch
    {
        EntryKind.Fund => Fund,
        EntryKind.Grab => Grab,
        EntryKind.Refund => Refund,
        EntryKind.Adjust => Adjust,
        _ => Unknown,
    };

    /// <summary>The kind of a packet's entry. Throws for any other word.</summary>
    public static EntryKind KindOf(string name) => name switch
    {
        Fund => EntryKind.Fund,
        Grab => EntryKind.Grab,
        Refund => EntryKind.Refund,
        _ => throw new InvalidOperationException($"'{name}' is no kind of a packet's entry."),
    };
}

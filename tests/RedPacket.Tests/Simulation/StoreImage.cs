using System.Globalization;
using RedPacket.Messages;
using RedPacket.Packets;

namespace RedPacket.Tests.Simulation;

/// <summary>All that Redis holds of the world, at one moment.</summary>
/// <param name="Step">After how many commands.</param>
/// <param name="Keys">Idempotency-Keys by their Redis key.</param>
/// <param name="HeldLines">By packet, the lines of its shares that corrections pay.</param>
internal sealed record StoreImage(
    int Step, IReadOnlyDictionary<string, string> Meta, IReadOnlyDictionary<string, double> Live, IReadOnlyDictionary<string, double> Made,
    IReadOnlyDictionary<string, double> Out, IReadOnlyDictionary<string, PacketImage> Packets, IReadOnlyDictionary<string, string> Shares,
    IReadOnlyDictionary<string, string> Keys, IReadOnlyDictionary<string, string> HeldLines)
{
    /// <summary>True while some run may move money, as far as Redis itself knows.</summary>
    public bool HasRun => Meta.ContainsKey("run");

    /// <summary>The packet was compared with the ledger in this run.</summary>
    public bool IsCompared(string packetId) => HasRun && Packets.TryGetValue(packetId, out var packet)
        && packet.Fields.GetValueOrDefault("run") == Meta["run"];

    /// <summary>Every entry that the packets yield, by its line.</summary>
    public Dictionary<string, Entry> Entries { get; } =
        Packets.Values.SelectMany(packet => packet.Entries).ToDictionary(entry => entry.ToString(), StringComparer.Ordinal);
}

/// <summary>A claim as the packet's hash has it.</summary>
internal sealed record ClaimImage(string UserId, int Ordinal, long Fen, long At)
{
    /// <summary>The answer that its user gets, byte for byte.</summary>
    public string Answer => string.Create(CultureInfo.InvariantCulture, $"{Ordinal} {Fen} {At}");
}

/// <summary>One packet's hash.</summary>
internal sealed record PacketImage(string Id, IReadOnlyDictionary<string, string> Fields)
{
    public string State => Fields["state"];

    public PacketTerms Terms { get; } = PacketTerms.Parse(Fields["terms"]);

    /// <summary>By user: the shares that the packet has granted.</summary>
    public Dictionary<string, ClaimImage> Claims => All.Where(claim => IsGranted(claim.Value)).ToDictionary();

    /// <summary>By user: the shares that corrections pay or have paid. Their users get no others.</summary>
    public Dictionary<string, ClaimImage> Held => All.Where(claim => !IsGranted(claim.Value)).ToDictionary();

    /// <summary>By user: the share that the packet answers to a user who asks again.</summary>
    public Dictionary<string, ClaimImage> All { get; } = Fields.Where(field => field.Key.StartsWith("u:", StringComparison.Ordinal))
        .Select(field => (User: field.Key[2..], Parts: field.Value.Split(' ')))
        .Select(field => new ClaimImage(
            field.User, int.Parse(field.Parts[0], CultureInfo.InvariantCulture), long.Parse(field.Parts[1], CultureInfo.InvariantCulture),
            long.Parse(field.Parts[2], CultureInfo.InvariantCulture)))
        .ToDictionary(claim => claim.UserId, StringComparer.Ordinal);

    public long Number(string field) => long.Parse(Fields[field], CultureInfo.InvariantCulture);

    /// <summary>Fen that went back to the sender, by the ordinal of its entry.</summary>
    public IEnumerable<long> Refunds => (Fields.GetValueOrDefault("refunds") ?? Fields["refund"])
        .Split(' ')
        .Select(fen => long.Parse(fen, CultureInfo.InvariantCulture));

    /// <summary>The entries of which the ledger has to learn: fund, claims, refunds.</summary>
    public IEnumerable<Entry> Entries
    {
        get
        {
            yield return new Entry(EntryKind.Fund, Id, 0, Fields["sender"], Number("amount"), Number("created"), Fields["terms"]);
            foreach (var claim in Claims.Values)
                yield return new Entry(EntryKind.Grab, Id, claim.Ordinal, claim.UserId, claim.Fen, claim.At);
            foreach (var (ordinal, fen) in Refunds.Index().Where(refund => refund.Item > 0))
                yield return new Entry(EntryKind.Refund, Id, ordinal, Fields["sender"], fen, Number("closed"));
        }
    }

    /// <summary>The line of a share of this packet.</summary>
    public string LineOf(ClaimImage claim) =>
        new Entry(EntryKind.Grab, Id, claim.Ordinal, claim.UserId, claim.Fen, claim.At).ToString();

    private bool IsGranted(ClaimImage claim) => Fields.GetValueOrDefault($"o:{claim.Ordinal}") == claim.UserId;

    /// <summary>The shares that the seed in the terms deals, in order.</summary>
    public long[] Shares => Splits.ByName(Terms.Split).Split(
        Number("amount"), Terms.Count, ulong.Parse(Terms.Seed, NumberStyles.HexNumber, CultureInfo.InvariantCulture));
}

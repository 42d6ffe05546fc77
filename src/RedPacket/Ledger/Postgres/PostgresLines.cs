using System.Runtime.InteropServices;

namespace RedPacket.Ledger.Postgres;

/// <summary>
/// Lines as columns: what a recording sends. Packets and accounts are named once each, and lines point at them by place, from 1. Of several lines
/// of one identity the first may be inserted; the others can only be its duplicates or contradict it.
/// </summary>
internal sealed class PostgresLines
{
    private readonly Dictionary<string, int> _packets = [];
    private readonly Dictionary<string, int> _accounts = [];
    private readonly HashSet<(int Packet, TransferKind Kind, int Ordinal)> _identities = [];
    private readonly List<(ChunkSlice Part, int Line)> _order = [];

    public PostgresLines(IReadOnlyList<ChunkSlice> parts)
    {
        for (var i = 0; i < parts.Count; i++)
            foreach (var line in parts[i].Lines.Span)
                Add(parts[i], line, i + 1);
    }

    public List<string> PacketIds { get; } = [];
    public List<int> PacketShards { get; } = [];
    public List<string> AccountCodes { get; } = [];
    public List<int> AccountKinds { get; } = [];
    public List<int> AccountChecks { get; } = [];
    public List<int> Chunks { get; } = [];
    public List<int> Packets { get; } = [];
    public List<int> Kinds { get; } = [];
    public List<int> Ordinals { get; } = [];
    public List<int> Debits { get; } = [];
    public List<int> Credits { get; } = [];
    public List<long> Fen { get; } = [];
    public List<long> GrantedAt { get; } = [];
    public List<bool> First { get; } = [];
    public List<string> Users { get; } = [];
    public List<string?> Terms { get; } = [];
    public List<string> Payloads { get; } = [];
    public List<int> UnreadChunks { get; } = [];
    public List<string> UnreadPayloads { get; } = [];

    /// <summary>PostgreSQL's text has no character zero; a line that has one is only ever parked.</summary>
    public static string Text(string text) => text.Replace('\0', '\uFFFD');

    /// <summary>Gives each line its outcome and returns how many were inserted.</summary>
    public int Answer(string outcomes)
    {
        for (var i = 0; i < _order.Count; i++)
            _order[i].Part.Outcomes[_order[i].Line] = Outcome(outcomes[i]);
        return outcomes.AsSpan().Count('i');
    }

    private static RecordOutcome Outcome(char letter) => letter switch
    {
        'i' => RecordOutcome.Inserted,
        'd' => RecordOutcome.Duplicate,
        'p' => RecordOutcome.Parked,
        'l' => RecordOutcome.Late,
        _ => throw new InvalidOperationException($"record.sql answered {letter}, which is no outcome."),
    };

    private void Add(ChunkSlice part, int line, int chunk)
    {
        if (part.Chunk.Lines[line] is not { } posting)
        {
            UnreadChunks.Add(chunk);
            UnreadPayloads.Add(Text(part.Chunk.Payloads[line]));
            part.Outcomes[line] = RecordOutcome.Parked;
            return;
        }
        var packet = Packet(posting.PacketId, part.Chunk.Shard);
        var (debit, credit) = Accounts(posting, part.Chunk.Shard);
        _order.Add((part, line));
        Chunks.Add(chunk);
        Packets.Add(packet);
        Kinds.Add((int)posting.Kind);
        Ordinals.Add(posting.Ordinal);
        Debits.Add(debit);
        Credits.Add(credit);
        Fen.Add(posting.AmountFen);
        GrantedAt.Add(posting.GrantedAt);
        First.Add(_identities.Add((packet, posting.Kind, posting.Ordinal)));
        Users.Add(posting.UserId);
        Terms.Add(posting.Terms);
        Payloads.Add(Text(part.Chunk.Payloads[line]));
    }

    private int Packet(string packetId, int shard)
    {
        ref var place = ref CollectionsMarshal.GetValueRefOrAddDefault(_packets, packetId, out var known);
        if (known)
            return place;
        PacketIds.Add(packetId);
        PacketShards.Add(shard);
        return place = PacketIds.Count;
    }

    /// <summary>Which account pays and which is paid.</summary>
    private (int Debit, int Credit) Accounts(Posting posting, int shard)
    {
        // The packet's account comes with whichever of its entries is first.
        var escrow = Account($"packet:{posting.PacketId}", AccountKind.Packet, 0);
        return posting.Kind switch
        {
            TransferKind.Fund => (Account($"funding:{shard}", AccountKind.Funding, 0), escrow),
            TransferKind.Grab or TransferKind.Refund => (escrow, Wallet(posting.UserId)),
            TransferKind.Adjust => (Account($"loss:{shard}", AccountKind.Loss, 0), Wallet(posting.UserId)),
            _ => throw new InvalidOperationException($"There is no transfer of kind {posting.Kind}."),
        };
    }

    private int Wallet(string userId) => Account($"wallet:{userId}", AccountKind.Wallet, UserId.Check(userId));

    private int Account(string code, AccountKind kind, int check)
    {
        ref var place = ref CollectionsMarshal.GetValueRefOrAddDefault(_accounts, code, out var known);
        if (known)
            return place;
        AccountCodes.Add(code);
        AccountKinds.Add((int)kind);
        AccountChecks.Add(check);
        return place = AccountCodes.Count;
    }
}

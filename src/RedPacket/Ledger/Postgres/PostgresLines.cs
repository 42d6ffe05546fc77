using System.Runtime.InteropServices;
using RedPacket.Ledger.Writing;
using RedPacket.Messages;

namespace RedPacket.Ledger.Postgres;

/// <summary>
/// Lines as the columns of <c>record.sql</c>'s <c>line_columns</c>. Chunks, packets and accounts are places in other
/// columns, from 1.
/// </summary>
internal sealed class LineColumns
{
    private readonly List<int> _chunks = [];
    private readonly List<int> _packets = [];
    private readonly List<int> _kinds = [];
    private readonly List<int> _ordinals = [];
    private readonly List<int> _debits = [];
    private readonly List<int> _credits = [];
    private readonly List<long> _fen = [];
    private readonly List<long> _grantedAt = [];
    private readonly List<bool> _first = [];
    private readonly List<string> _users = [];
    private readonly List<string?> _terms = [];
    private readonly List<string?> _keyHashes = [];
    private readonly List<string> _payloads = [];

    /// <summary>In the order of the type.</summary>
    public object[] All =>
    [
        _chunks, _packets, _kinds, _ordinals, _debits, _credits, _fen, _grantedAt, _first, _users, _terms, _keyHashes, _payloads,
    ];

    /// <summary>A line that can only be parked.</summary>
    public void Park(ChunkLine line, int chunk, int packet) =>
        Add(line, chunk, packet, debit: 0, credit: 0, first: false, terms: null);

    public void Add(ChunkLine line, int chunk, int packet, int debit, int credit, bool first, string? terms)
    {
        _chunks.Add(chunk);
        _packets.Add(packet);
        _kinds.Add((int)(line.Entry?.Kind ?? 0));
        _ordinals.Add(line.Entry?.Ordinal ?? 0);
        _debits.Add(debit);
        _credits.Add(credit);
        _fen.Add(line.Entry?.AmountFen ?? 0);
        _grantedAt.Add(line.Entry?.AtMs ?? 0);
        _first.Add(first);
        _users.Add(Text(line.Entry?.UserId ?? ""));
        _terms.Add(terms);
        _keyHashes.Add(IdempotencyKeys.HashIn(terms));
        _payloads.Add(Text(line.Payload));
    }

    /// <summary>PostgreSQL's text has no character zero. A line that has one is only ever parked.</summary>
    public static string Text(string text) => text.Replace('\0', '\uFFFD');
}

/// <summary>
/// The arguments of a recording: lines, and the packets and accounts that they name, each once. Of several lines of one
/// identity only the first may be inserted; the others are its duplicates or contradict it.
/// </summary>
internal sealed class PostgresLines
{
    private readonly Dictionary<string, int> _packets = [];
    private readonly Dictionary<string, int> _accounts = [];
    private readonly HashSet<(int Packet, EntryKind Kind, int Ordinal)> _identities = [];
    private readonly List<(ChunkSlice Part, int Line)> _order = [];
    private readonly List<string> _packetIds = [];
    private readonly List<int> _packetShards = [];
    private readonly List<string> _accountCodes = [];
    private readonly List<int> _accountKinds = [];
    private readonly List<int> _accountChecks = [];

    public PostgresLines(IReadOnlyList<ChunkSlice> parts)
    {
        for (var i = 0; i < parts.Count; i++)
            foreach (var line in parts[i].Lines.Span)
                Add(parts[i], line, i + 1);
    }

    /// <summary>Lines with an entry.</summary>
    public LineColumns Read { get; } = new();

    /// <summary>Lines without one.</summary>
    public LineColumns Unread { get; } = new();

    /// <summary>The columns of <c>name_columns</c>.</summary>
    public object[] Names => [_packetIds, _packetShards, _accountCodes, _accountKinds, _accountChecks];

    /// <summary>Fills in the outcomes and returns how many lines were inserted.</summary>
    /// <param name="others">The lines that were not inserted, by place, with their words.</param>
    public int Answer(IReadOnlyList<(long Place, string Word)> others)
    {
        foreach (var (part, line) in _order)
            part.Outcomes[line] = RecordOutcome.Inserted;
        foreach (var (place, word) in others)
        {
            var (part, line) = _order[(int)place - 1];
            part.Outcomes[line] = Outcome(word);
        }
        return _order.Count - others.Count;
    }

    private static RecordOutcome Outcome(string word) => word switch
    {
        "duplicate" => RecordOutcome.Duplicate,
        "parked" => RecordOutcome.Parked,
        "stale" => RecordOutcome.StaleRun,
        _ => throw new InvalidOperationException($"record.sql answered '{word}', which is no outcome."),
    };

    private void Add(ChunkSlice part, int line, int chunk)
    {
        var text = part.Chunk.Lines[line];
        if (text.Entry is not { } entry)
        {
            Unread.Park(text, chunk, packet: 0);
            part.Outcomes[line] = RecordOutcome.Parked;
            return;
        }
        var shard = part.Chunk.Shard;
        var packet = Packet(entry.PacketId, shard);
        // The first entry of a packet brings the packet's account, too.
        Account(AccountKind.Packet, entry, shard);
        var (debit, credit) = AccountCode.SidesOf(entry.Kind);
        var first = _identities.Add((packet, entry.Kind, entry.Ordinal));
        Read.Add(text, chunk, packet, Account(debit, entry, shard), Account(credit, entry, shard), first, entry.Terms);
        _order.Add((part, line));
    }

    private int Packet(string packetId, int shard)
    {
        ref var place = ref CollectionsMarshal.GetValueRefOrAddDefault(_packets, packetId, out var known);
        if (known)
            return place;
        _packetIds.Add(packetId);
        _packetShards.Add(shard);
        return place = _packetIds.Count;
    }

    private int Account(AccountKind kind, Entry entry, int shard)
    {
        var code = AccountCode.Of(kind, entry, shard);
        ref var place = ref CollectionsMarshal.GetValueRefOrAddDefault(_accounts, code, out var known);
        if (known)
            return place;
        _accountCodes.Add(code);
        _accountKinds.Add((int)kind);
        _accountChecks.Add(AccountCode.CheckOf(kind, entry));
        return place = _accountCodes.Count;
    }
}

using Microsoft.Data.Sqlite;

namespace RedPacket.Ledger.Sqlite;

/// <summary>
/// Finds the numbers by which the ledger knows packets and accounts, and gives new ones. What it found is remembered, and outlasts a transaction that is
/// committed: one that is rolled back takes its numbers with it.
/// </summary>
internal sealed class SqliteIds(SqliteConnection connection) : IDisposable
{
    private readonly IdCache<PacketNumber> _packets = new(100_000);
    private readonly IdCache<long> _wallets = new(200_000);
    private readonly SqliteStatement _findPacket = new(connection, "SELECT number FROM packets WHERE packet_id = ?1");
    private readonly SqliteStatement _addPacket = new(connection, "INSERT INTO packets (packet_id, shard) VALUES (?1, ?2)");
    private readonly SqliteStatement _findAccount = new(connection, "SELECT id FROM accounts WHERE code = ?1");

    private readonly SqliteStatement _addAccount =
        new(connection, "INSERT INTO accounts (code, kind, user_check, debits, credits) VALUES (?1, ?2, ?3, 0, 0)");

    /// <param name="Number">Key of the packet.</param>
    /// <param name="Escrow">Key of its account.</param>
    public readonly record struct PacketNumber(long Number, long Escrow);

    /// <summary>The transaction is over.</summary>
    public void End(bool committed)
    {
        _packets.End(committed);
        _wallets.End(committed);
    }

    public PacketNumber Packet(string packetId, int shard)
    {
        if (_packets.Find(packetId) is { } known)
            return known;
        var number = _findPacket.Bind(1, packetId).Number() ?? _addPacket.Bind(1, packetId).Bind(2, shard).Insert();
        var packet = new PacketNumber(number, Account($"packet:{packetId}", AccountKind.Packet, 0));
        _packets.Add(packetId, packet);
        return packet;
    }

    /// <summary>Which account pays and which is paid.</summary>
    public (long Debit, long Credit) Accounts(Posting posting, PacketNumber packet, int shard) => posting.Kind switch
    {
        TransferKind.Fund => (Account($"funding:{shard}", AccountKind.Funding, 0), packet.Escrow),
        TransferKind.Grab or TransferKind.Refund => (packet.Escrow, Wallet(posting.UserId)),
        TransferKind.Adjust => (Account($"loss:{shard}", AccountKind.Loss, 0), Wallet(posting.UserId)),
        _ => throw new InvalidOperationException($"There is no transfer of kind {posting.Kind}."),
    };

    public void Dispose()
    {
        foreach (var statement in new[] { _findPacket, _addPacket, _findAccount, _addAccount })
            statement.Dispose();
    }

    private long Wallet(string userId)
    {
        if (_wallets.Find(userId) is { } known)
            return known;
        var wallet = Account($"wallet:{userId}", AccountKind.Wallet, UserId.Check(userId));
        _wallets.Add(userId, wallet);
        return wallet;
    }

    private long Account(string code, AccountKind kind, int check) =>
        _findAccount.Bind(1, code).Number() ?? _addAccount.Bind(1, code).Bind(2, (long)kind).Bind(3, check).Insert();
}

using Microsoft.Data.Sqlite;

namespace RedPacket.Ledger.Sqlite;

/// <summary>
/// Finds the numbers by which the ledger knows packets and accounts, and gives new ones. What it found is remembered, and outlasts a transaction that is
/// committed: one that is rolled back takes its numbers with it.
/// </summary>
internal sealed class SqliteNumbers(SqliteConnection connection) : IDisposable
{
    private readonly RecentNumbers<PacketNumber> packets = new(100_000);
    private readonly RecentNumbers<long> wallets = new(200_000);
    private readonly SqliteStatement findPacket = new(connection, "SELECT number FROM packets WHERE packet_id = ?1");
    private readonly SqliteStatement addPacket = new(connection, "INSERT INTO packets (packet_id, shard) VALUES (?1, ?2)");
    private readonly SqliteStatement findAccount = new(connection, "SELECT id FROM accounts WHERE code = ?1");

    private readonly SqliteStatement addAccount =
        new(connection, "INSERT INTO accounts (code, kind, user_check, debits, credits) VALUES (?1, ?2, ?3, 0, 0)");

    /// <param name="Number">Key of the packet.</param>
    /// <param name="Escrow">Key of its account.</param>
    public readonly record struct PacketNumber(long Number, long Escrow);

    /// <summary>The transaction is over.</summary>
    public void End(bool committed)
    {
        packets.End(committed);
        wallets.End(committed);
    }

    public PacketNumber Packet(string packetId, int shard)
    {
        if (packets.Find(packetId) is { } known)
            return known;
        var number = findPacket.Bind(1, packetId).Number() ?? addPacket.Bind(1, packetId).Bind(2, shard).Insert();
        var packet = new PacketNumber(number, Account($"packet:{packetId}", AccountKind.Packet, 0));
        packets.Add(packetId, packet);
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
        foreach (var statement in new[] { findPacket, addPacket, findAccount, addAccount })
            statement.Dispose();
    }

    private long Wallet(string userId)
    {
        if (wallets.Find(userId) is { } known)
            return known;
        var wallet = Account($"wallet:{userId}", AccountKind.Wallet, UserId.Check(userId));
        wallets.Add(userId, wallet);
        return wallet;
    }

    private long Account(string code, AccountKind kind, int check) =>
        findAccount.Bind(1, code).Number() ?? addAccount.Bind(1, code).Bind(2, (long)kind).Bind(3, check).Insert();
}

using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;

namespace RedPacket.Ledger.Sqlite;

/// <summary>
/// Finds the numbers by which the ledger knows packets and accounts, and gives new ones. What it found is remembered until the transaction
/// ends and no longer: a transaction that is rolled back takes its numbers with it.
/// </summary>
internal sealed class SqliteNumbers(SqliteConnection connection) : IDisposable
{
    private readonly Dictionary<string, PacketNumber> packets = [];
    private readonly Dictionary<string, long> wallets = [];
    private readonly SqliteStatement findPacket = new(connection, "SELECT number FROM packets WHERE packet_id = ?1");
    private readonly SqliteStatement addPacket = new(connection, "INSERT INTO packets (packet_id, shard) VALUES (?1, ?2)");
    private readonly SqliteStatement findAccount = new(connection, "SELECT id FROM accounts WHERE code = ?1");

    private readonly SqliteStatement addAccount =
        new(connection, "INSERT INTO accounts (code, kind, user_check, debits, credits) VALUES (?1, ?2, ?3, 0, 0)");

    /// <param name="Number">Key of the packet.</param>
    /// <param name="Escrow">Key of its account.</param>
    public readonly record struct PacketNumber(long Number, long Escrow);

    public void Begin()
    {
        packets.Clear();
        wallets.Clear();
    }

    public PacketNumber Packet(string packetId, int shard)
    {
        ref var packet = ref CollectionsMarshal.GetValueRefOrAddDefault(packets, packetId, out var known);
        if (known)
            return packet;
        var number = findPacket.Bind(1, packetId).Number() ?? addPacket.Bind(1, packetId).Bind(2, shard).Insert();
        return packet = new PacketNumber(number, Account($"packet:{packetId}", AccountKind.Packet, 0));
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
        ref var wallet = ref CollectionsMarshal.GetValueRefOrAddDefault(wallets, userId, out var known);
        if (!known)
            wallet = Account($"wallet:{userId}", AccountKind.Wallet, UserId.Check(userId));
        return wallet;
    }

    private long Account(string code, AccountKind kind, int check) =>
        findAccount.Bind(1, code).Number() ?? addAccount.Bind(1, code).Bind(2, (long)kind).Bind(3, check).Insert();
}

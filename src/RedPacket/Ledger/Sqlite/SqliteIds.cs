using Microsoft.Data.Sqlite;
using RedPacket.Messages;

namespace RedPacket.Ledger.Sqlite;

/// <summary>
/// Finds the numbers by which the ledger knows packets and accounts, and makes new ones. It remembers them once their
/// transaction is committed: a rollback takes its new numbers with it.
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

    public PacketNumber Packet(Entry entry, int shard)
    {
        if (_packets.Find(entry.PacketId) is { } known)
            return known;
        var number = _findPacket.Bind(1, entry.PacketId).Number() ?? _addPacket.Bind(1, entry.PacketId).Bind(2, shard).Insert();
        var packet = new PacketNumber(number, FindOrAdd(AccountKind.Packet, entry, shard));
        _packets.Add(entry.PacketId, packet);
        return packet;
    }

    /// <summary>The account that pays, and the account that is paid.</summary>
    public (long Debit, long Credit) Accounts(Entry entry, PacketNumber packet, int shard)
    {
        var (debit, credit) = AccountCode.SidesOf(entry.Kind);
        return (Account(debit, entry, packet, shard), Account(credit, entry, packet, shard));
    }

    public void Dispose()
    {
        foreach (var statement in new[] { _findPacket, _addPacket, _findAccount, _addAccount })
            statement.Dispose();
    }

    private long Account(AccountKind kind, Entry entry, PacketNumber packet, int shard) => kind switch
    {
        AccountKind.Packet => packet.Escrow,
        AccountKind.Wallet => Wallet(entry, shard),
        _ => FindOrAdd(kind, entry, shard),
    };

    private long Wallet(Entry entry, int shard)
    {
        if (_wallets.Find(entry.UserId) is { } known)
            return known;
        var wallet = FindOrAdd(AccountKind.Wallet, entry, shard);
        _wallets.Add(entry.UserId, wallet);
        return wallet;
    }

    private long FindOrAdd(AccountKind kind, Entry entry, int shard)
    {
        var code = AccountCode.Of(kind, entry, shard);
        return _findAccount.Bind(1, code).Number()
            ?? _addAccount.Bind(1, code).Bind(2, (long)kind).Bind(3, AccountCode.CheckOf(kind, entry)).Insert();
    }
}

using System.Globalization;
using RedPacket.Messages;

namespace RedPacket.Ledger;

/// <summary>The codes of the accounts, and the two accounts that each kind of transfer moves money between.</summary>
internal static class AccountCode
{
    private const string WalletOf = "wallet:";

    public static string Funding(int shard) => string.Create(CultureInfo.InvariantCulture, $"funding:{shard}");

    public static string Packet(string packetId) => $"packet:{packetId}";

    public static string Wallet(string userId) => WalletOf + userId;

    public static string Loss(int shard) => string.Create(CultureInfo.InvariantCulture, $"loss:{shard}");

    /// <summary>The user of a wallet; empty for any other account.</summary>
    public static string UserOf(string code) =>
        code.StartsWith(WalletOf, StringComparison.Ordinal) ? code[WalletOf.Length..] : "";

    /// <summary>The account that pays, and the account that is paid.</summary>
    public static (AccountKind Debit, AccountKind Credit) SidesOf(EntryKind kind) => kind switch
    {
        EntryKind.Fund => (AccountKind.Funding, AccountKind.Packet),
        EntryKind.Grab or EntryKind.Refund => (AccountKind.Packet, AccountKind.Wallet),
        EntryKind.Adjust => (AccountKind.Loss, AccountKind.Wallet),
        _ => throw new InvalidOperationException($"There is no transfer of kind {kind}."),
    };

    /// <summary>The account of this kind that an entry of the shard touches.</summary>
    public static string Of(AccountKind kind, Entry entry, int shard) => kind switch
    {
        AccountKind.Funding => Funding(shard),
        AccountKind.Packet => Packet(entry.PacketId),
        AccountKind.Wallet => Wallet(entry.UserId),
        AccountKind.Loss => Loss(shard),
        _ => throw new InvalidOperationException($"There is no account of kind {kind}."),
    };

    /// <summary>The check number that a new account of this kind stores: the user's for a wallet, else 0.</summary>
    public static int CheckOf(AccountKind kind, Entry entry) =>
        kind == AccountKind.Wallet ? UserId.Check(entry.UserId) : 0;
}

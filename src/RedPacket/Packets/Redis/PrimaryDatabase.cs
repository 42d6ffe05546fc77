using System.Reflection;
using System.Runtime.CompilerServices;
using StackExchange.Redis;

namespace RedPacket.Packets;

/// <summary>
/// Redis as all rooms read and write it: only the primary of each shard is asked (PROTOCOL 1.4). The client would ask a
/// replica while the primary is away for a moment, and a replica that lags tells the past as if it were the present.
/// </summary>
internal class PrimaryDatabase : DispatchProxy
{
    private static readonly ConditionalWeakTable<IConnectionMultiplexer, IDatabase> s_databases = new();
    private IDatabase _database = null!;

    /// <summary>The connection's database, with <see cref="CommandFlags.DemandMaster"/> on every command.</summary>
    public static IDatabase Of(IConnectionMultiplexer redis) => s_databases.GetValue(redis, static redis =>
    {
        var proxy = Create<IDatabase, PrimaryDatabase>();
        ((PrimaryDatabase)proxy)._database = redis.GetDatabase();
        return proxy;
    });

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        // The flags are the last parameter of each command.
        if (args is [.., CommandFlags flags])
            args[^1] = flags | CommandFlags.DemandMaster;
        else if (!targetMethod!.IsSpecialName)
            throw new NotSupportedException($"{targetMethod.Name} takes no flags, so it might ask a replica.");
        return targetMethod!.Invoke(_database, BindingFlags.DoNotWrapExceptions, null, args, null);
    }
}

internal static class PrimaryDatabaseExtensions
{
    /// <inheritdoc cref="PrimaryDatabase.Of"/>
    public static IDatabase Primary(this IConnectionMultiplexer redis) => PrimaryDatabase.Of(redis);
}

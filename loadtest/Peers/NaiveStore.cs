using System.Globalization;
using StackExchange.Redis;

namespace RedPacket.Peers;

/// <summary>The packets of the peers in Redis: a list of shares and a hash of the users who took one.</summary>
internal sealed class NaiveStore(IConnectionMultiplexer redis, TimeProvider clock)
{
    private static readonly string s_grant = Script("peers.grant.lua");
    private static readonly string s_return = Script("peers.return.lua");
    private readonly IDatabase _redis = redis.GetDatabase();

    /// <summary>Makes a packet and returns its id.</summary>
    public async Task<string> Make(long amountFen, int count, int expiresInSeconds)
    {
        var id = $"0-{Guid.CreateVersion7():N}";
        var expiry = clock.GetUtcNow().AddSeconds(expiresInSeconds).ToUnixTimeMilliseconds();
        var shares = Shares.Split(amountFen, count)
            .Select((fen, n) => (RedisValue)string.Create(CultureInfo.InvariantCulture, $"{n + 1} {fen}")).ToArray();
        // The script takes from the right, so push the first ordinal first.
        await Task.WhenAll(_redis.ListLeftPushAsync(Left(id), shares), _redis.HashSetAsync(Packet(id), "expiry", expiry));
        return id;
    }

    /// <summary>Returns the user's earlier share, or grants the next one.</summary>
    public async Task<Grant> Grant(string packetId, string userId)
    {
        var answer = await _redis.ScriptEvaluateAsync(s_grant, [Packet(packetId), Left(packetId), Taken(packetId)], [userId]);
        return Parse((string)answer!);
    }

    /// <summary>Returns a share to its packet.</summary>
    public Task Return(GrabAccepted grab)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{grab.Ordinal} {grab.AmountFen}");
        return _redis.ScriptEvaluateAsync(s_return, [Left(grab.PacketId), Taken(grab.PacketId)], [grab.UserId, text]);
    }

    private static Grant Parse(string answer)
    {
        var parts = answer.Split(' ');
        return parts[0] switch
        {
            "won" => Share(GrantStatus.Won),
            "again" => Share(GrantStatus.Again),
            "emptied" => new Grant(GrantStatus.Emptied),
            "expired" => new Grant(GrantStatus.Expired),
            "unknown" => new Grant(GrantStatus.Unknown),
            _ => throw new InvalidOperationException($"grant.lua answered '{answer}'."),
        };

        Grant Share(GrantStatus status) =>
            new(status, int.Parse(parts[1], CultureInfo.InvariantCulture), Number(parts[2]), Number(parts[3]));

        static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
    }

    private static RedisKey Packet(string id) => $"peer:{id}";

    private static RedisKey Left(string id) => $"peer:{id}:shares";

    private static RedisKey Taken(string id) => $"peer:{id}:taken";

    private static string Script(string name)
    {
        using var stream = typeof(NaiveStore).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The script {name} is not embedded.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}

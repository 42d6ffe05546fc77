using System.Globalization;
using Microsoft.Extensions.Options;
using RedPacket.Http;
using RedPacket.Messages;
using StackExchange.Redis;

namespace RedPacket.Packets.Limits;

/// <summary>
/// The limits of one user. They are counted in Redis, so that they hold over all processes. A call beyond a limit
/// counts nowhere. A send counts once, however often it is repeated before it succeeds.
/// </summary>
internal sealed class UserLimits(ScriptRunner scripts, IOptions<UserLimitsOptions> options)
{
    /// <summary>The key of the open packets.</summary>
    private const string Places = "places";

    private const long Second = 1000;
    private const long Hour = 3600 * Second;
    private const long Day = 24 * Hour;
    private static readonly TimeSpan s_longestSend = TimeSpan.FromMinutes(1);
    private static readonly ScriptFile s_window = new("window.lua");
    private static readonly ScriptFile s_place = new("place.lua");

    private readonly UserLimitsOptions _limits = options.Value;

    /// <summary>False costs a grab nothing.</summary>
    public bool LimitGrabs => _limits.GrabsPerSecond > 0;

    /// <summary>True when a new packet has to be counted.</summary>
    public bool LimitSends =>
        _limits is { SendsPerHour: > 0 } or { FenPerDay: > 0 } or { OpenPackets: > 0 } or { OpenShares: > 0 };

    /// <summary>Counts a grab. Returns the refusal when it is one too many.</summary>
    public Task<Problem?> Grab(HttpContext context, string userId) =>
        Count(context, userId, "", [new("grabs", "grabs in a second", 1, _limits.GrabsPerSecond, Second)]);

    /// <summary>Counts a new packet and takes a place for it. Returns the refusal when it is beyond a limit.</summary>
    public async Task<Problem?> Send(HttpContext context, string packetId, long amountFen, PacketTerms terms,
        DateTimeOffset now)
    {
        if (_limits is { OpenPackets: > 0 } or { OpenShares: > 0 } && !await TakePlace(packetId, terms, now))
            return new Problem(429, "limit_reached",
                $"You may have {Most(_limits.OpenPackets)} open packets and {Most(_limits.OpenShares)} shares in them. "
                + "Wait until one is emptied or expires.");
        Window[] windows =
        [
            new("sends", "packets in an hour", 1, _limits.SendsPerHour, Hour),
            new("fen", "fen in a day", amountFen, _limits.FenPerDay, Day),
        ];
        if (await Count(context, terms.Sender, terms.Key, [.. windows.Where(window => window.Most > 0)]) is not { } refusal)
            return null;
        await GiveBack(packetId, terms);
        return refusal;
    }

    /// <summary>Gives back the place of a packet that is not made.</summary>
    public Task GiveBack(string packetId, PacketTerms terms) =>
        scripts.Database.SortedSetRemoveAsync(PacketKeys.Limit(terms.Sender, Places), Member(packetId, terms.Count));

    private async Task<Problem?> Count(HttpContext context, string userId, string name, Window[] windows)
    {
        if (windows.Length == 0)
            return null;
        var answer = await s_window.Evaluate(
            scripts.Database, [.. windows.Select(window => PacketKeys.Limit(userId, window.Kind))],
            [name, .. windows.SelectMany(window => new RedisValue[] { window.Add, window.Most, window.LengthMs })]);
        switch ((string?)answer[0])
        {
            case "ok":
                return null;
            case "full":
                var window = windows[(int)answer[1] - 1];
                var pause = TimeSpan.FromMilliseconds((long)answer[3]);
                Describe(context.Response, window.Most, (long)answer[2], pause);
                return new Problem(429, "limit_reached", string.Create(CultureInfo.InvariantCulture,
                    $"You may have {window.Most} {window.Name}. Wait as long as Retry-After says."), pause);
            case var word:
                throw s_window.Unknown(word);
        }
    }

    // A place is given back when its packet is found closed, and that is looked for only when there is no place. So
    // closing a packet costs nothing, and a crash before the packet was made takes no place for ever.
    private async Task<bool> TakePlace(string packetId, PacketTerms terms, DateTimeOffset now)
    {
        var key = PacketKeys.Limit(terms.Sender, Places);
        RedisValue[] values =
        [
            Member(packetId, terms.Count), now.AddSeconds(terms.ExpiresIn).ToUnixTimeMilliseconds(), _limits.OpenPackets,
            _limits.OpenShares,
        ];
        var answer = await s_place.Evaluate(scripts.Database, [key], values);
        if ((string?)answer[0] == "full" && await FreeClosed(key, ((string[]?)answer[1])!, now))
            answer = await s_place.Evaluate(scripts.Database, [key], values);
        return (string?)answer[0] switch
        {
            "ok" => true,
            "full" => false,
            var word => throw s_place.Unknown(word),
        };
    }

    private async Task<bool> FreeClosed(RedisKey key, string[] members, DateTimeOffset now)
    {
        var closed = await Task.WhenAll(members.Select(member => IsClosed(member.Split(' ')[0], now)));
        RedisValue[] gone = [.. members.Where((_, index) => closed[index]).Select(member => (RedisValue)member)];
        return gone.Length > 0 && await scripts.Database.SortedSetRemoveAsync(key, gone) > 0;
    }

    // A packet that is not there may be created now: another call of this user has taken its place.
    private async Task<bool> IsClosed(string packetId, DateTimeOffset now)
    {
        _ = PacketId.TryParse(packetId, out var shard);
        var state = (string?)(await scripts.Database.Fields(PacketKeys.Packet(shard, packetId), PacketFields.State))[0];
        return state is not null
            ? state != PacketState.Open
            : PacketId.MillisecondsOf(packetId) < (now - s_longestSend).ToUnixTimeMilliseconds();
    }

    private static void Describe(HttpResponse response, long most, long left, TimeSpan pause)
    {
        response.Headers["RateLimit-Limit"] = most.ToString(CultureInfo.InvariantCulture);
        response.Headers["RateLimit-Remaining"] = left.ToString(CultureInfo.InvariantCulture);
        response.Headers["RateLimit-Reset"] = Math.Ceiling(pause.TotalSeconds).ToString(CultureInfo.InvariantCulture);
    }

    private static string Member(string packetId, int count) =>
        string.Create(CultureInfo.InvariantCulture, $"{packetId} {count}");

    private static string Most(int limit) =>
        limit == 0 ? "any number of" : limit.ToString(CultureInfo.InvariantCulture);

    /// <summary>One limit: what a call adds, the most, and the window.</summary>
    private sealed record Window(string Kind, string Name, long Add, long Most, long LengthMs);
}

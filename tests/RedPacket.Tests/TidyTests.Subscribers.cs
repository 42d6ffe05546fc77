using System.Globalization;
using System.Text.RegularExpressions;

namespace RedPacket.Tests;

/// <summary>The walls around the program that follows the ledger.</summary>
public sealed partial class TidyTests
{
    /// <summary>The message, the HTTP edge with its identities, what every program needs, and where a broker is.</summary>
    private static readonly string[] s_followersMayUse = ["Messages", "Http", "Hosting", "Outbox"];

    [GeneratedRegex(@"\bRedPacket\.Subscribers\b|\bSubscriberRoom\b|\bRoomStore\b")]
    private static partial Regex NameOfAFollower();

    [Fact]
    public void Service_KnowsNothingOfItsSubscribers() =>
        AssertNone(from file in Sources
                   where file.RelativePath.StartsWith("src/RedPacket/", StringComparison.Ordinal)
                   from found in NameOfAFollower().Matches(file.Code)
                   select $"{file.RelativePath}: {found.Value} (others join without touching the payment path)");

    [Fact]
    public void Subscribers_UseTheEdgeOfTheServiceAndItsMessage_AndNoOtherRoom() =>
        AssertNone(from file in Followers
                   from use in UseOfRoom().Matches(file.Code)
                   let room = use.Groups["room"].Value
                   where s_arrows.ContainsKey(room) && !s_followersMayUse.Contains(room)
                   select $"{file.RelativePath}: subscribers may not use {room}");

    [Fact]
    public void RoomsOfSubscribers_DoNotKnowEachOther()
    {
        string[] rooms = [.. Followers.Select(RoomOf).Distinct().Where(room => room is not ("" or "Following"))];
        Assert.Equal(["Notifications", "Risk", "Statistics"], rooms.Order());
        AssertNone(from file in Followers
                   where RoomOf(file).Length > 0
                   from other in rooms
                   where other != RoomOf(file) && file.Code.Contains($"using RedPacket.Subscribers.{other}", StringComparison.Ordinal)
                   select $"{file.RelativePath}: {RoomOf(file)} may not use {other}");
    }

    [Fact]
    public void LogIdsOfSubscribers_AreInTheirRange() =>
        AssertNone(from file in Followers
                   from log in LogId().Matches(file.Text)
                   let id = int.Parse(log.Groups["id"].Value, CultureInfo.InvariantCulture)
                   where id is < 9100 or >= 9200
                   select $"{file.RelativePath}: {id}");

    private static IEnumerable<SourceFile> Followers =>
        Sources.Where(file => file.RelativePath.StartsWith("src/RedPacket.Subscribers/", StringComparison.Ordinal));

    private static string RoomOf(SourceFile file) => file.RelativePath.Split('/') is [_, _, var room, _] ? room : "";
}

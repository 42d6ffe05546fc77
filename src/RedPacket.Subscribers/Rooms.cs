using RedPacket.Subscribers.Following;
using RedPacket.Subscribers.Notifications;
using RedPacket.Subscribers.Risk;
using RedPacket.Subscribers.Statistics;

namespace RedPacket.Subscribers;

/// <summary>The rooms that this program knows. A new one is a class and a line here.</summary>
internal static class Rooms
{
    public static IReadOnlyList<SubscriberRoom> All { get; } =
    [
        new NotificationsRoom(),
        new StatisticsRoom(),
        new RiskRoom(),
    ];
}

using System.Text.Json;
using RedPacket.Http;
using RedPacket.Subscribers.Following;

namespace RedPacket.Demo.Faults;

/// <summary>One room. <paramref name="Trouble"/>: hung or poisoned by an operator, or null.</summary>
/// <inheritdoc cref="RoomState"/>
internal sealed record RoomView(string Name, string State, long? Position, long? Head, string? Detail, string? Trouble);

/// <summary>The body of <c>GET /demo/rooms</c>.</summary>
internal sealed record RoomViews(string Status, IReadOnlyList<RoomView> Rooms);

/// <summary>
/// <c>/demo/rooms</c>: the rooms that follow the ledger, and what an operator does to them. Neither the ledger nor another
/// room may notice.
/// </summary>
internal static class RoomEndpoints
{
    private static readonly Dictionary<string, Func<FollowedRoom, Task>> s_deeds = new()
    {
        ["start"] = room => room.Start(),
        ["stop"] = room => room.Stop(),
        ["hang"] = room => Break(room, breakable => breakable.Hang()),
        ["poison"] = room => Break(room, breakable => breakable.Poison()),
        ["again"] = room => room.BuildAgain(),
    };

    private static readonly Problem s_unknown =
        new(404, "not_found", $"The address is /demo/rooms/ with the name of a room and one of: {string.Join(", ", s_deeds.Keys)}.");

    /// <param name="followed">Null in a demo without subscribers, which has no rooms.</param>
    public static void MapRooms(this IEndpointRouteBuilder demo, FollowedRooms? followed, IHostApplicationLifetime lifetime)
    {
        var rooms = followed?.Rooms ?? [];
        // A room that hangs would delay the stop.
        lifetime.ApplicationStopping.Register(() =>
        {
            foreach (var room in rooms)
                Breakable(room).Heal();
        });
        demo.MapGet("/rooms", () => Results.Json(
                new RoomViews(followed?.States.Status ?? "ready", [.. rooms.Select(View)]), JsonSerializerOptions.Web))
            .AllowAnonymous();
        demo.MapPost("/rooms/{name}/{deed}", async (string name, string deed) =>
        {
            if (rooms.FirstOrDefault(room => room.Store.Room.Name == name) is not { } room
                || !s_deeds.TryGetValue(deed, out var work))
                return s_unknown;
            // Whatever it had before ends first.
            Breakable(room).Heal();
            await work(room);
            return Results.Json(View(room), JsonSerializerOptions.Web);
        }).RequireAuthorization(Caller.Operator);
    }

    private static async Task Break(FollowedRoom room, Action<BreakableRoom> trouble)
    {
        await room.Start();
        trouble(Breakable(room));
    }

    private static RoomView View(FollowedRoom room)
    {
        var state = room.State;
        return new RoomView(state.Name, state.State, state.Position, state.Head, state.Detail, Breakable(room).Trouble);
    }

    private static BreakableRoom Breakable(FollowedRoom room) => (BreakableRoom)room.Store.Room;
}

using System.Text.Json;
using RedPacket.Http;
using RedPacket.Subscribers.Following;

namespace RedPacket.Demo.Faults;

/// <summary>One room. <paramref name="Fault"/>: hung or poisoned by an operator, or null.</summary>
/// <param name="Head">The newest transfer of the ledger that any room knows. A room that does nothing does not know it.</param>
/// <inheritdoc cref="RoomState"/>
internal sealed record RoomView(string Name, string State, long? Position, long? Head, string? Detail, string? Fault);

/// <summary>The body of <c>GET /demo/rooms</c>.</summary>
internal sealed record RoomViews(IReadOnlyList<RoomView> Rooms);

/// <summary>
/// <c>/demo/rooms</c>: the rooms that follow the ledger, and what an operator does to them. Neither the ledger nor another
/// room may notice.
/// </summary>
internal sealed class RoomEndpoints
{
    private static readonly Dictionary<string, Func<FollowedRoom, Task>> s_actions = new()
    {
        ["start"] = Restart,
        ["stop"] = room => room.Stop(),
        ["hang"] = room => Break(room, breakable => breakable.Hang()),
        ["poison"] = room => Break(room, breakable => breakable.Poison()),
        ["again"] = room => room.BuildAgain(),
    };

    private static readonly SemaphoreSlim s_oneAtATime = new(1);
    private readonly IReadOnlyList<FollowedRoom> _rooms;

    /// <param name="followed">Null in a demo without subscribers.</param>
    public RoomEndpoints(FollowedRooms? followed, IHostApplicationLifetime lifetime)
    {
        _rooms = followed?.Rooms ?? [];
        // A room that hangs would delay the stop.
        lifetime.ApplicationStopping.Register(() =>
        {
            foreach (var room in _rooms)
                Breakable(room).End();
        });
    }

    public void Map(IEndpointRouteBuilder demo)
    {
        demo.MapGet("/rooms", () => Results.Json(All(), JsonSerializerOptions.Web)).AllowAnonymous();
        demo.MapPost("/rooms/{name}/{action}", Act).RequireAuthorization(Caller.Operator);
    }

    private async Task<IResult> Act(string name, string action)
    {
        if (_rooms.Count == 0)
            return NotFound("This demo has no subscribers: Demo:Subscribers is false.");
        if (_rooms.FirstOrDefault(room => room.Store.Room.Name == name) is not { } room)
            return NotFound($"The subscribers are {string.Join(", ", _rooms.Select(each => each.Store.Room.Name))}.");
        if (!s_actions.TryGetValue(action, out var work))
            return NotFound($"The actions are {string.Join(", ", s_actions.Keys)}.");
        // Of two that come together one waits. So the fault that a room had ends before anything waits for the room.
        await s_oneAtATime.WaitAsync();
        try
        {
            Breakable(room).Heal();
            await work(room);
        }
        finally
        {
            s_oneAtATime.Release();
        }
        return Results.Json(All().Rooms.Single(each => each.Name == name), JsonSerializerOptions.Web);
    }

    // A room that has failed would rest for up to ten seconds before it tries again.
    private static async Task Restart(FollowedRoom room)
    {
        await room.Stop();
        await room.Start();
    }

    private static async Task Break(FollowedRoom room, Action<BreakableRoom> fault)
    {
        await room.Start();
        fault(Breakable(room));
    }

    private RoomViews All()
    {
        var states = _rooms.Select(room => (State: room.State, Breakable(room).Fault)).ToArray();
        var head = states.Max(room => room.State.Head);
        return new RoomViews([.. states.Select(room => new RoomView(
            room.State.Name, room.State.State, room.State.Position, head, room.State.Detail, room.Fault))]);
    }

    private static BreakableRoom Breakable(FollowedRoom room) => (BreakableRoom)room.Store.Room;

    private static Problem NotFound(string detail) => new(404, "not_found", detail);
}

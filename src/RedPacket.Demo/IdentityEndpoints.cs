using System.Security.Cryptography;
using System.Text.Json;
using QRCoder;
using RedPacket.Http;
using RedPacket.Messages;

namespace RedPacket.Demo;

/// <summary>The identity of this browser.</summary>
/// <param name="Network">True if the demo is open to the local network.</param>
/// <param name="JoinUrl">The URL at which a phone joins, without the packet id; null if the demo is not open.</param>
internal sealed record IdentityView(string? UserId, bool Operator, bool Network, string? JoinUrl);

/// <summary>
/// <c>/demo/who</c> gives a browser its identity, <c>/demo/join</c> a phone that has read a packet's QR code.
/// </summary>
internal static class IdentityEndpoints
{
    private const int PixelsPerModule = 8;
    private static readonly Problem s_notOpen =
        new(404, "not_found", "Phones cannot reach this demo. Start it with --Demo:OpenToNetwork=true to let them join.");
    private static readonly Problem s_localOnly = new(403, "forbidden", "This call works only on the machine that runs the demo.");

    public static void MapIdentity(this IEndpointRouteBuilder demo)
    {
        demo.MapGet("/who", (HttpContext context, DemoNetwork network) =>
            View(UserId.IsValid(context.UserId()) ? context.UserId() : null, context.IsOperator(), network)).AllowAnonymous();
        demo.MapPost("/who", SignIn).AllowAnonymous();
        demo.MapDelete("/who", (HttpContext context, DemoNetwork network) =>
        {
            DemoIdentity.SignOut(context);
            return View(null, false, network);
        }).AllowAnonymous();
        demo.MapGet("/join/{packetId}.svg", (string packetId, DemoNetwork network) => QrCode(packetId, network)).AllowAnonymous();
        demo.MapGet("/join/{packetId}", Join).AllowAnonymous();
    }

    private static async Task<IResult> SignIn(HttpContext context, DemoNetwork network)
    {
        var (body, refusal) = await JsonBody.Read(context.Request, "userId", "operator");
        if (body is not { } request)
            return refusal!;
        var asOperator = request.Flag("operator", false, out var isFlag);
        if (!isFlag || !request.TryGetProperty("userId", out var name) || name.ValueKind != JsonValueKind.String)
            return JsonBody.Invalid("userId must be a string, and operator true or false.");
        var userId = name.GetString()!;
        if (Caller.RefusalOf(userId) is { } invalid)
            return invalid;
        if (!context.IsLocal() && (asOperator || !network.IsOpen))
            return s_localOnly;
        DemoIdentity.SignIn(context, userId, asOperator);
        return View(userId, asOperator, network);
    }

    // A phone without a name becomes a guest. It may choose a name later.
    private static IResult Join(HttpContext context, string packetId, DemoNetwork network)
    {
        if (!PacketId.TryParse(packetId, out _))
            return EdgeProblems.PacketIdInvalid;
        if (!network.IsOpen)
            return s_notOpen;
        if (!context.HasName())
            DemoIdentity.SignIn(context, $"guest-{RandomNumberGenerator.GetHexString(6, lowercase: true)}", asOperator: false);
        return Results.LocalRedirect($"/p/{packetId}");
    }

    private static IResult QrCode(string packetId, DemoNetwork network)
    {
        if (!PacketId.TryParse(packetId, out _))
            return EdgeProblems.PacketIdInvalid;
        if (network.JoinUrl is not { } joinUrl)
            return s_notOpen;
        using var code = QRCodeGenerator.GenerateQrCode(joinUrl + packetId, QRCodeGenerator.ECCLevel.M);
        using var picture = new SvgQRCode(code);
        return Results.Text(picture.GetGraphic(PixelsPerModule), "image/svg+xml", System.Text.Encoding.UTF8);
    }

    private static IResult View(string? userId, bool isOperator, DemoNetwork network) =>
        Results.Json(
            new IdentityView(userId, isOperator && userId is not null, network.IsOpen, network.JoinUrl), JsonSerializerOptions.Web);
}

using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using RedPacket.Http;
using RedPacket.Http.Limits;
using RedPacket.Operations;

namespace RedPacket;

/// <summary>
/// The text that a program prints when it has started: what store, bus and ledger are, whether each is durable, and
/// where to look.
/// </summary>
internal static class Banner
{
    // The banner says whether the store may forget, so it waits a little for the store's answer.
    private static readonly TimeSpan s_untilStoreAnswers = TimeSpan.FromSeconds(5);

    public static async Task Print(WebApplication app)
    {
        await app.Services.GetRequiredService<StoreGuard>().FirstLook(s_untilStoreAnswers);
        var info = await app.Services.GetRequiredService<InfoReader>().Read(CancellationToken.None);
        Console.WriteLine($"RedPacket {info.Version} ({string.Join(", ", info.Roles)})");
        foreach (var line in info.Banner)
            Console.WriteLine($"  {line}");
        var management = app.Services.GetService<ManagementListener>();
        foreach (var url in app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses ?? [])
        {
            if (management?.Has(url) == true)
            {
                Console.WriteLine($"  {"health",-7}{ListenUrls.ToOpen(url).AbsoluteUri.TrimEnd('/')}/health/ready");
                continue;
            }
            var open = ListenUrls.ToOpen(url).AbsoluteUri.TrimEnd('/');
            Console.WriteLine($"  {"pages",-7}{open}{(ListenUrls.IsOnAll(url) ? " (on all addresses)" : "")}");
            Console.WriteLine($"  {"API",-7}{open}/scalar");
            if (info.Roles.Contains(ProcessRoles.Reconcile))
                Console.WriteLine($"  {"report",-7}{open}/ops/consistency");
        }

        Console.WriteLine("Press Ctrl+C to stop.");
    }
}

using Microsoft.Playwright;

namespace RedPacket.Tests.Pages;

/// <summary>
/// One demo and one browser for many tests of pages. Repair runs only on request, so that a test can see a missing
/// entry. Every report is kept.
/// </summary>
public sealed class PageHost : IAsyncLifetime
{
    /// <summary>
    /// Debian's Chromium without a window, which tests/run.sh installs. It needs much less processor time than the
    /// whole browser, which draws its own frame for each visit.
    /// </summary>
    public const string Chromium = "/usr/bin/chromium-headless-shell";

    /// <summary>
    /// The limit for a page in milliseconds. A passing test is much faster; a busy machine may need it.
    /// </summary>
    private const float Patience = 180_000;
    private readonly Folder _folder = new("pages");
    private readonly ServiceProcess _demo;
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public PageHost() =>
        _demo = ServiceProcess.Demo(_folder, new Dictionary<string, string>
        {
            ["Reconciliation:Repair"] = "false",
            ["Reconciliation:KeepReportEvery"] = "00:00:00",
        });

    /// <summary>The URL of the demo.</summary>
    public Uri Address => _demo.Address;

    /// <summary>The connection string of the ledger, for tests that damage it.</summary>
    public string Ledger => $"Data Source={Path.Combine(_folder.File("data"), "ledger.db")}";

    public async ValueTask InitializeAsync()
    {
        if (!Installed.Has(Chromium))
            return;
        await _demo.Start();
        _playwright = await Playwright.CreateAsync();
        Assertions.SetDefaultExpectTimeout(Patience);
        // Fewer processes talk to each other. It saves a tenth of the browser's processor time.
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Chromium,
            Args = ["--no-sandbox", "--disable-gpu", "--in-process-gpu", "--enable-features=NetworkServiceInProcess2"],
        });
    }

    /// <summary>
    /// A new window with separate cookies, once the demo is ready. Without a browser the test is skipped, or fails if
    /// servers are required.
    /// </summary>
    internal async Task<Visit> Visit(
        string language = "en-GB", ColorScheme scheme = ColorScheme.Light, bool phone = false, Uri? address = null)
    {
        Installed.Require(Chromium);
        await _demo.Ready();
        var context = await _browser!.NewContextAsync(new BrowserNewContextOptions
        {
            BaseURL = (address ?? Address).AbsoluteUri,
            Locale = language,
            ColorScheme = scheme,
            ReducedMotion = ReducedMotion.Reduce,
            ViewportSize = phone ? new ViewportSize { Width = 390, Height = 844 } : new ViewportSize { Width = 1280, Height = 900 },
            DeviceScaleFactor = 1,
            AcceptDownloads = true,
        });
        context.SetDefaultTimeout(Patience);
        return new Visit(context, await context.NewPageAsync(), address ?? Address);
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        _playwright?.Dispose();
        _demo.Dispose();
        _folder.Dispose();
    }
}

/// <summary>
/// Tests that share the browser and the demo. They run one after the other, because a fault affects all of them.
/// </summary>
[CollectionDefinition(Name)]
public sealed class PageTests : ICollectionFixture<PageHost>
{
    public const string Name = "Pages";
}

/// <summary>Pages of packets have a second browser and demo, beside which the other pages are tested.</summary>
[CollectionDefinition(Name)]
public sealed class PacketPages : ICollectionFixture<PageHost>
{
    public const string Name = "Pages of packets";
}

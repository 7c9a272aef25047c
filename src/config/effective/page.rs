//! The section `page` in the shape of the file.

use super::{Tree, list, map, period, text, texts};
use crate::config::page::{Access, Page, Price, Proxy, Rates, Store, Token};
use crate::config::quantity::size_text;
use crate::config::read::Written;

pub(super) fn tree(page: &Page) -> Tree {
    let links = page.links.iter().map(|(name, url)| (name.clone(), Tree::Text(url.clone())));
    let view = |(name, url): &(String, String)| map([("name", text(name)), ("url", text(url))]);
    map([
        ("access", Some(access(&page.access))),
        ("store", Some(store(&page.store))),
        ("links", Some(Tree::Map(links.collect()))),
        ("views", Some(list(&page.views, view))),
        ("silence_max", period(page.silence_max)),
        ("silent_after", period(page.silent_after)),
        ("price", page.price.as_ref().map(price)),
    ])
}

fn access(access: &Access) -> Tree {
    map([("tokens", Some(list(&access.tokens, token))), ("proxy", access.proxy.as_ref().map(proxy))])
}

fn token(token: &Token) -> Tree {
    map([
        ("name", text(&token.name)),
        ("token", Some(Tree::Hidden)),
        ("tenants", token.tenants.as_ref().map(texts)),
        ("write", text(token.write)),
    ])
}

fn proxy(proxy: &Proxy) -> Tree {
    map([
        ("user_header", text(&proxy.user_header)),
        ("tenants_header", proxy.tenants_header.as_ref().and_then(text)),
        ("writers", Some(texts(&proxy.writers))),
        ("from", Some(texts(&proxy.from))),
    ])
}

fn store(store: &Store) -> Tree {
    map([
        ("logs", text(store.logs.written())),
        ("size_max", text(size_text(store.bytes_max))),
        ("age_max", period(store.age_max)),
        ("file", store.file.as_ref().and_then(|path| text(path.display()))),
    ])
}

fn price(price: &Price) -> Tree {
    let regions = price.regions.iter().map(|(region, of)| (region.to_string(), Tree::Map(rates(of))));
    let mut members = rates(&price.rates);
    members.extend(text(&price.currency).map(|currency| ("currency".to_owned(), currency)));
    members.push(("regions".to_owned(), Tree::Map(regions.collect())));
    Tree::Map(members)
}

fn rates(rates: &Rates) -> Vec<(String, Tree)> {
    let all = [
        ("per_gigabyte", rates.per_gigabyte),
        ("per_1000_metric_updates", rates.per_1000_metric_updates),
        ("per_gigabyte_streamed", rates.per_gigabyte_streamed),
    ];
    all.into_iter().filter_map(|(name, rate)| Some((name.to_owned(), text(rate?)?))).collect()
}

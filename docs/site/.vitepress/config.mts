import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitepress';
import { builtLinks } from '../built-links';
import { anchorOf, markdownFiles, REPOSITORY, siteHtml, siteLink } from '../markdown';
import { GROUPS, type Group, HOME, PAGES } from '../navigation';

const SITE = fileURLToPath(new URL('..', import.meta.url));
const ROOT = join(SITE, '../..');

// A list, with its first item taken.
const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><g fill="#2f6fd0"><rect x="1" y="2" width="14" height="3" rx="1" opacity=".4"/><rect x="1" y="6.5" width="14" height="3" rx="1"/><rect x="1" y="11" width="14" height="3" rx="1"/></g></svg>`;

interface Environment {
  path: string;
  realPath?: string;
}

const fileOf = ({ path, realPath }: Environment) => relative(ROOT, realPath ?? path);
const itemsOf = ({ pages }: Group) =>
  pages.map(({ text, path }) => ({ text, link: `/${path.replace(/(index)?\.md$/, '')}` }));
const group = (name: string) => itemsOf(GROUPS.find(({ text }) => text === name)!);

export default defineConfig({
  title: 'cdk8s-redis-work-queue',
  description:
    'Run a finite pile of work on Kubernetes through a Redis queue, and know that all of it got done: a cdk8s construct and a typed worker runtime.',
  lang: 'en',
  // The pages stand all over the repository. Only those of the navigation are shown.
  srcDir: '../..',
  srcExclude: markdownFiles().filter((path) => PAGES.every(({ file }) => file !== path)),
  rewrites: Object.fromEntries(PAGES.map(({ file, path }) => [file, path])),
  outDir: 'dist',
  cacheDir: 'node_modules/.vitepress',
  lastUpdated: true,

  head: [['link', { rel: 'icon', href: `data:image/svg+xml,${encodeURIComponent(ICON)}` }]],

  markdown: {
    anchor: { slugify: anchorOf },
    // Braces in a heading are text on GitHub.
    attrs: { disable: true },
    config(md) {
      const { fence, link_open, html_block, html_inline } = md.renderer.rules;
      // Code by indentation looks like any other.
      md.renderer.rules.code_block = (...args) => fence!(...args);
      md.renderer.rules.link_open = (tokens, i, options, env, self) => {
        const link = tokens[i]!.attrGet('href')!;
        if (link.startsWith('#')) return self.renderToken(tokens, i, options);
        const [path, anchor] = siteLink(fileOf(env), link).split('#') as [string, string?];
        tokens[i]!.attrSet('href', path);
        const html = link_open!(tokens, i, options, env, self);
        // VitePress would make other anchors of them.
        return anchor === undefined ? html : html.replace(/href="([^"]*)"/, `href="$1#${anchor}"`);
      };
      md.renderer.rules.html_block = (...args) => siteHtml(html_block!(...args));
      md.renderer.rules.html_inline = (...args) => siteHtml(html_inline!(...args));
    },
  },

  themeConfig: {
    nav: [
      { text: 'Get started', items: group('Get started') },
      { text: 'Guides', items: group('Guides') },
      { text: 'Reference', items: group('Reference') },
    ],
    sidebar: GROUPS.map((each) => ({
      text: each.text,
      collapsed: each.text === 'Examples',
      items: itemsOf(each),
    })),
    outline: [2, 3],
    search: {
      provider: 'local',
      options: {
        miniSearch: {
          // Guides come before the signatures and the scripts that hold the same words.
          searchOptions: {
            boostDocument: (id: string) => (/\/(api\/|protocol|changelog|contributing)/.test(id) ? 0.3 : 1),
          },
        },
      },
    },
    socialLinks: [{ icon: 'github', link: REPOSITORY }],
    editLink: { pattern: `${REPOSITORY}/edit/main/:path`, text: 'Edit this page on GitHub' },
    footer: { message: 'Released under the Apache-2.0 license.' },
  },

  vite: {
    plugins: [
      {
        name: 'vue-for-pages-elsewhere',
        enforce: 'pre',
        // A page becomes a module that imports Vue, and stands outside of the folder that has it.
        resolveId(source, importer, options) {
          if (!/^vue(\/|$)/.test(source) || !importer?.endsWith('.md')) return null;
          return this.resolve(source, join(SITE, 'index.md'), { ...options, skipSelf: true });
        },
      },
    ],
    // The index of the search.
    build: { chunkSizeWarningLimit: 4096 },
  },

  transformPageData({ filePath, frontmatter }) {
    if (filePath === HOME.file) return { titleTemplate: 'Work queues on Kubernetes' };
    if (filePath === 'README.md') return { title: 'Introduction' };
    if (filePath === 'docs/troubleshooting.md') return { frontmatter: { ...frontmatter, pageClass: 'messages' } };
    // Written from docstrings.
    if (filePath.startsWith('docs/api/')) return { frontmatter: { ...frontmatter, editLink: false } };
  },

  buildEnd: ({ outDir, site }) => {
    const broken = builtLinks(outDir, site.base);
    if (broken.length > 0) throw new Error(`Links of the site that lead nowhere:\n  ${broken.join('\n  ')}`);
  },
});
